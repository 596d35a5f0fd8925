"""A file that another process, with fewer rights, has opened and offers."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_uint32, c_void_p
from functools import cache
from typing import Any

from dumpengine.backends.windows import api

_OBJECT_BASIC_INFORMATION = 0  # OBJECT_INFORMATION_CLASS
_FILE_TYPE_DISK = 1
_FILE_WRITE_DATA = 0x2
_NTDLL: dict[str, api.Signature] = {
    "NtQueryObject": (ctypes.c_int32, (c_void_p, c_uint32, c_void_p, c_uint32, c_void_p)),
}


class OBJECT_BASIC_INFORMATION(ctypes.Structure):
    """What NtQueryObject tells of a handle; only ``GrantedAccess`` is used."""

    _fields_ = (
        ("Attributes", c_uint32),
        ("GrantedAccess", c_uint32),
        ("Rest", c_uint32 * 12),
    )


def take_file(process: int, handle: object) -> int:
    """Duplicate another process's handle of a file with the rights it has; raises OSError.

    ``process`` is a handle too. What is no file, or not open for writing, is refused.
    """
    if type(handle) is not int or not 0 < handle < 1 << 31:
        raise OSError("that is no handle")
    kernel, mine = api.kernel32(), c_void_p()
    here = kernel.GetCurrentProcess()
    same = api.DUPLICATE_SAME_ACCESS
    if not kernel.DuplicateHandle(process, handle, here, byref(mine), 0, False, same):
        raise OSError("there is no such handle")
    taken = mine.value or 0
    try:
        if _kernel32().GetFileType(taken) != _FILE_TYPE_DISK:
            raise OSError("what came along is not a file")
        if not _granted_access(taken) & _FILE_WRITE_DATA:
            raise OSError("the file is not open for writing")
    except OSError:
        kernel.CloseHandle(taken)
        raise
    return taken


def _granted_access(handle: int) -> int:
    about = OBJECT_BASIC_INFORMATION()
    if _ntdll().NtQueryObject(
        handle, _OBJECT_BASIC_INFORMATION, byref(about), ctypes.sizeof(about), None
    ):
        return 0
    return int(about.GrantedAccess)


@cache
def _kernel32() -> Any:
    return api.declare(api.load("kernel32"), {"GetFileType": (c_uint32, (c_void_p,))})


@cache
def _ntdll() -> Any:
    return api.declare(api.load("ntdll"), _NTDLL)


assert ctypes.sizeof(OBJECT_BASIC_INFORMATION) == 56
