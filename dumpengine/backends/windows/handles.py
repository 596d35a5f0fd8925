"""Handles that others opened: whose they are, and what they may be used for."""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_uint32, c_void_p
from functools import cache
from typing import Any

from dumpengine.backends.windows import api
from dumpengine.backends.windows.process import REQUIRED, Target, check_running, start_time
from dumpengine.backends.windows.transport import file_of
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import (
    E_ACCESSDENIED,
    E_INVALID_HANDLE,
    E_INVALIDARG,
    DumpError,
)

THIS_PROCESS = -1
_OBJECT_BASIC_INFORMATION = 0  # OBJECT_INFORMATION_CLASS
_FILE_TYPE_DISK = 1
_FILE_WRITE_DATA = 0x2
_RIGHTS = {
    api.PROCESS_QUERY_INFORMATION: "PROCESS_QUERY_INFORMATION",
    api.PROCESS_VM_READ: "PROCESS_VM_READ",
    api.PROCESS_DUP_HANDLE: "PROCESS_DUP_HANDLE",
}


class OBJECT_BASIC_INFORMATION(ctypes.Structure):
    """What NtQueryObject tells of a handle; only ``GrantedAccess`` is used."""

    _fields_ = (
        ("Attributes", c_uint32),
        ("GrantedAccess", c_uint32),
        ("Rest", c_uint32 * 12),
    )


def granted_access(handle: int) -> int | None:
    """Return the rights a handle has, None when there is no such handle."""
    about = OBJECT_BASIC_INFORMATION()
    size = ctypes.sizeof(about)
    query = _ntdll().NtQueryObject
    failed = query(handle, _OBJECT_BASIC_INFORMATION, byref(about), size, None)
    return None if failed else int(about.GrantedAccess)


def check_process(handle: int, pid: int, dump_type: int) -> float:
    """Make sure of a caller's process handle; return when the process started.

    Raises DumpError when it is none, another process's or an ended one's, or lacks a right that
    the page of MiniDumpWriteDump asks for.
    """
    if handle == THIS_PROCESS:
        if pid != os.getpid():
            raise DumpError(E_INVALIDARG, f"The handle is this process's, not {pid}'s.", pid=pid)
        return 0.0
    access = granted_access(handle)
    if access is None:
        raise DumpError(E_INVALID_HANDLE, "The process handle is not valid.")
    found = api.kernel32().GetProcessId(handle)
    if not found and api.last_error() != api.ERROR_ACCESS_DENIED:
        raise DumpError(E_INVALID_HANDLE, "The process handle is not one of a process.")
    _check_rights(access, dump_type, pid)
    if found != pid:
        raise DumpError(E_INVALIDARG, f"The handle is process {found}'s, not {pid}'s.", pid=pid)
    check_running(Target(pid, handle, access))
    return start_time(handle)


def _check_rights(access: int, dump_type: int, pid: int) -> None:
    needed = REQUIRED
    if dump_type & MinidumpType.WithHandleData:
        needed |= api.PROCESS_DUP_HANDLE
    missing = [name for right, name in _RIGHTS.items() if needed & right & ~access]
    if missing:
        raise DumpError(
            E_ACCESSDENIED,
            f"The process handle lacks {' and '.join(missing)}.",
            "Open the process with these rights.",
            pid=pid,
        )


def open_file(handle: int) -> int:
    """Return a descriptor of our own for a caller's handle of a file; raises DumpError."""
    access = granted_access(handle) if handle else None
    if access is None:
        raise DumpError(E_INVALID_HANDLE, "There is no open file.", "Give one to write to.")
    if not is_file(handle):
        raise DumpError(E_INVALID_HANDLE, "The handle is not a file's.", "Give one to write to.")
    if not access & _FILE_WRITE_DATA:
        raise DumpError(E_ACCESSDENIED, "The file is not open for writing.", "Open it for that.")
    mine, here = c_void_p(), api.kernel32().GetCurrentProcess()
    same = api.DUPLICATE_SAME_ACCESS
    if not api.kernel32().DuplicateHandle(here, handle, here, byref(mine), 0, False, same):
        raise DumpError(E_INVALID_HANDLE, "There is no open file.", "Give one to write to.")
    return file_of(mine.value or 0, os.O_RDWR)


def is_file(handle: int) -> bool:
    """Return whether a handle is one of a file on a disk."""
    return int(_kernel32().GetFileType(handle)) == _FILE_TYPE_DISK


def is_writable(handle: int) -> bool:
    """Return whether a handle of a file is open for writing."""
    return bool((granted_access(handle) or 0) & _FILE_WRITE_DATA)


@cache
def _kernel32() -> Any:
    return api.declare(api.load("kernel32"), {"GetFileType": (c_uint32, (c_void_p,))})


@cache
def _ntdll() -> Any:
    signature = (ctypes.c_int32, (c_void_p, c_uint32, c_void_p, c_uint32, c_void_p))
    return api.declare(api.load("ntdll"), {"NtQueryObject": signature})


assert ctypes.sizeof(OBJECT_BASIC_INFORMATION) == 56
