"""The system's functions, declared once: argument types, result types, and the last error.

Each function's page is at https://learn.microsoft.com/windows/win32/api/ under its name. Nothing
is loaded when this module is imported, so that layouts can be tested on any system.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import POINTER, c_int32, c_size_t, c_uint32, c_uint64, c_void_p, c_wchar_p
from functools import cache
from typing import Any

from dumpengine.backends.windows import structs
from dumpengine.backends.windows.structs import BOOL, FILETIME, HANDLE, LUID

# Functions take and give handles as plain integers; None is NULL.
INVALID_HANDLE = ctypes.c_void_p(-1).value or 0

PROCESS_CREATE_PROCESS = 0x0080
PROCESS_VM_READ = 0x0010
PROCESS_DUP_HANDLE = 0x0040
PROCESS_QUERY_INFORMATION = 0x0400
PROCESS_SUSPEND_RESUME = 0x0800
PROCESS_QUERY_LIMITED_INFORMATION = 0x1000
SYNCHRONIZE = 0x00100000
THREAD_SUSPEND_RESUME = 0x0002
THREAD_GET_CONTEXT = 0x0008
THREAD_SET_INFORMATION = 0x0020
THREAD_QUERY_INFORMATION = 0x0040
THREAD_QUERY_LIMITED_INFORMATION = 0x0800

ERROR_ACCESS_DENIED = 5
ERROR_INVALID_HANDLE = 6
ERROR_INVALID_PARAMETER = 87
ERROR_NOT_ALL_ASSIGNED = 1300
WAIT_OBJECT_0 = 0
STILL_ACTIVE = 259

TOKEN_ADJUST_PRIVILEGES = 0x0020
TOKEN_QUERY = 0x0008
SE_PRIVILEGE_ENABLED = 0x2
PROCESS_PROTECTION_LEVEL_INFO = 7  # PROCESS_INFORMATION_CLASS
PROCESS_MACHINE_TYPE_INFO = 9
PROTECTION_LEVEL_NONE = 0xFFFFFFFE
TH32CS_SNAPTHREAD = 0x4
TH32CS_SNAPMODULE = 0x8
TH32CS_SNAPMODULE32 = 0x10
DUPLICATE_SAME_ACCESS = 0x2

S_OK = 0
S_FALSE = 1

Signature = tuple[Any, tuple[Any, ...]]

# __stdcall; on 64-bit it is the same as the C convention, and other systems have only that one.
_function_type: Callable[..., Any] = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
MINIDUMP_CALLBACK_ROUTINE: Any = _function_type(BOOL, c_void_p, c_void_p, c_void_p)

_KERNEL32: dict[str, Signature] = {
    "OpenProcess": (HANDLE, (c_uint32, BOOL, c_uint32)),
    "OpenThread": (HANDLE, (c_uint32, BOOL, c_uint32)),
    "CloseHandle": (BOOL, (HANDLE,)),
    "GetCurrentProcess": (HANDLE, ()),
    "GetProcessId": (c_uint32, (HANDLE,)),
    "GetProcessTimes": (BOOL, (HANDLE, *(POINTER(FILETIME),) * 4)),
    "GetExitCodeProcess": (BOOL, (HANDLE, POINTER(c_uint32))),
    "WaitForSingleObject": (c_uint32, (HANDLE, c_uint32)),
    "TerminateProcess": (BOOL, (HANDLE, c_uint32)),
    "ResumeThread": (c_uint32, (HANDLE,)),
    "SuspendThread": (c_uint32, (HANDLE,)),
    "GetThreadContext": (BOOL, (HANDLE, c_void_p)),
    "VirtualQueryEx": (
        c_size_t,
        (HANDLE, c_void_p, POINTER(structs.MEMORY_BASIC_INFORMATION), c_size_t),
    ),
    "ReadProcessMemory": (BOOL, (HANDLE, c_void_p, c_void_p, c_size_t, POINTER(c_size_t))),
    "K32GetMappedFileNameW": (c_uint32, (HANDLE, c_void_p, c_wchar_p, c_uint32)),
    "CreateToolhelp32Snapshot": (HANDLE, (c_uint32, c_uint32)),
    "Thread32First": (BOOL, (HANDLE, POINTER(structs.THREADENTRY32))),
    "Thread32Next": (BOOL, (HANDLE, POINTER(structs.THREADENTRY32))),
    "Module32FirstW": (BOOL, (HANDLE, POINTER(structs.MODULEENTRY32W))),
    "Module32NextW": (BOOL, (HANDLE, POINTER(structs.MODULEENTRY32W))),
    "CreateJobObjectW": (HANDLE, (c_void_p, c_wchar_p)),
    "SetInformationJobObject": (BOOL, (HANDLE, c_int32, c_void_p, c_uint32)),
    "AssignProcessToJobObject": (BOOL, (HANDLE, HANDLE)),
    "GetModuleFileNameW": (c_uint32, (HANDLE, c_wchar_p, c_uint32)),
    "GetSystemDirectoryW": (c_uint32, (c_wchar_p, c_uint32)),
    "LocalFree": (HANDLE, (HANDLE,)),
    "WriteFile": (
        BOOL,
        (HANDLE, c_void_p, c_uint32, POINTER(c_uint32), POINTER(structs.OVERLAPPED)),
    ),
    "DuplicateHandle": (
        BOOL,
        (HANDLE, HANDLE, HANDLE, POINTER(HANDLE), c_uint32, BOOL, c_uint32),
    ),
}

# Functions an older system may lack; the attribute is then None.
_KERNEL32_LATER: dict[str, Signature] = {
    "IsWow64Process2": (BOOL, (HANDLE, POINTER(ctypes.c_uint16), POINTER(ctypes.c_uint16))),
    "GetThreadDescription": (ctypes.c_int32, (HANDLE, POINTER(c_void_p))),
    "GetProcessInformation": (BOOL, (HANDLE, c_int32, c_void_p, c_uint32)),
    "PssCaptureSnapshot": (c_uint32, (HANDLE, c_uint32, c_uint32, POINTER(HANDLE))),
    "PssFreeSnapshot": (c_uint32, (HANDLE, HANDLE)),
}

_NTDLL: dict[str, Signature] = {
    "NtQueryInformationThread": (
        c_int32,
        (HANDLE, c_int32, c_void_p, c_uint32, POINTER(c_uint32)),
    ),
}

_NTDLL_LATER: dict[str, Signature] = {
    "NtCreateThreadStateChange": (
        c_int32,
        (POINTER(HANDLE), c_uint32, c_void_p, HANDLE, c_uint64),
    ),
    "NtChangeThreadState": (
        c_int32,
        (HANDLE, HANDLE, c_int32, c_void_p, c_size_t, c_uint64),
    ),
}

_ADVAPI32: dict[str, Signature] = {
    "OpenProcessToken": (BOOL, (HANDLE, c_uint32, POINTER(HANDLE))),
    "LookupPrivilegeValueW": (BOOL, (c_wchar_p, c_wchar_p, POINTER(LUID))),
    "AdjustTokenPrivileges": (
        BOOL,
        (HANDLE, BOOL, POINTER(structs.TOKEN_PRIVILEGES), c_uint32, c_void_p, c_void_p),
    ),
    "GetTokenInformation": (
        BOOL,
        (HANDLE, c_int32, c_void_p, c_uint32, POINTER(c_uint32)),
    ),
}

_VERSION: dict[str, Signature] = {
    "GetFileVersionInfoSizeW": (c_uint32, (c_wchar_p, POINTER(c_uint32))),
    "GetFileVersionInfoW": (BOOL, (c_wchar_p, c_uint32, c_uint32, c_void_p)),
    "VerQueryValueW": (BOOL, (c_void_p, c_wchar_p, POINTER(c_void_p), POINTER(c_uint32))),
}

# hProcess ProcessId hFile DumpType ExceptionParam UserStreamParam CallbackParam
MINIDUMP_WRITE_DUMP: Signature = (
    BOOL,
    (HANDLE, c_uint32, HANDLE, c_uint32, *(c_void_p,) * 3),
)


def load(name: str) -> Any:
    """Load a DLL by name or path, keeping its functions' last error; raises OSError."""
    loader: Callable[..., Any] = getattr(ctypes, "WinDLL", None) or _no_windows
    return loader(name, use_last_error=True)


def _no_windows(name: str, **_: object) -> Any:
    raise OSError(f"{name} can be loaded on Windows only")


def declare(dll: Any, functions: dict[str, Signature]) -> Any:
    """Give a DLL's functions their types; raises AttributeError for one that is missing."""
    for name, signature in functions.items():
        function = getattr(dll, name)
        function.restype, function.argtypes = signature
    return dll


def declare_later(dll: Any, functions: dict[str, Signature]) -> Any:
    """Declare functions that this system may lack; those become None."""
    for name, signature in functions.items():
        if hasattr(dll, name):
            declare(dll, {name: signature})
        else:
            setattr(dll, name, None)
    return dll


@cache
def kernel32() -> Any:
    """Return kernel32.dll, declared."""
    return declare_later(declare(load("kernel32"), _KERNEL32), _KERNEL32_LATER)


@cache
def ntdll() -> Any:
    """Return ntdll.dll, declared."""
    return declare_later(declare(load("ntdll"), _NTDLL), _NTDLL_LATER)


@cache
def advapi32() -> Any:
    """Return advapi32.dll, declared."""
    return declare(load("advapi32"), _ADVAPI32)


@cache
def version() -> Any:
    """Return version.dll, declared."""
    return declare(load("version"), _VERSION)


def last_error() -> int:
    """Return what the last failed call left, as an unsigned number."""
    read: Callable[[], int] = getattr(ctypes, "get_last_error", ctypes.get_errno)
    return read() & 0xFFFFFFFF


def set_last_error(value: int) -> None:
    """Set this thread's last error as ctypes keeps it."""
    write: Callable[[int], int] = getattr(ctypes, "set_last_error", ctypes.set_errno)
    write(_signed(value))


def _signed(value: int) -> int:
    """An HRESULT as the C long that ctypes wants."""
    return value if value < 0x80000000 else value - (1 << 32)


def error_text(code: int) -> str:
    """Return the system's own words for an error code, without the full stop."""
    describe: Callable[[int], str] | None = getattr(ctypes, "FormatError", None)
    return describe(_signed(code)).strip().rstrip(".") if describe else f"error {code}"


def read_bytes(address: int, size: int) -> bytes:
    """Copy bytes of this process's own memory; empty for NULL."""
    return ctypes.string_at(address, size) if address and size else b""


def read_utf16(address: int | None, limit: int = 1 << 16) -> str:
    """Read a NUL-terminated UTF-16 string of this process's own memory."""
    if not address:
        return ""
    units = bytearray()
    for at in range(address, address + limit, 2):
        unit = ctypes.string_at(at, 2)
        if unit == b"\0\0":
            break
        units += unit
    return units.decode("utf-16-le", "replace")
