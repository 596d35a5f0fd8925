"""The structures of minidumpapiset.h and of the system calls around it, declared once.

``minidumpapiset.h`` is wrapped in ``#pragma pack(4)`` on every architecture, with one exception:
MSVC keeps CONTEXT aligned to 16 (8 on ARM64) inside the thread callbacks, which puts four bytes of
padding behind ``ThreadHandle`` and rounds the whole input up to a multiple of 16. Every size that
a vendor page or compiler states is asserted when this module is imported. It imports everywhere:
fixed-width types are used because ``ctypes.wintypes`` has other widths outside Windows.
"""

from __future__ import annotations

import ctypes
import sysconfig
from ctypes import Structure, Union, c_int32, c_ubyte, c_uint16, c_uint32, c_uint64, c_void_p
from typing import Any

POINTER_SIZE = ctypes.sizeof(c_void_p)
BOOL = HRESULT = LONG = c_int32
HANDLE = c_void_p

# CONTEXT as this interpreter's own architecture has it: the DLL runs in this process.
_CONTEXT_SIZES = {"win32": 716, "win-arm64": 912}
CONTEXT_SIZE = _CONTEXT_SIZES.get(sysconfig.get_platform(), 1232)
CONTEXT_FLAGS_OFFSET = 0x30 if CONTEXT_SIZE == 1232 else 0  # behind P1Home to P6Home on AMD64


class FILETIME(Structure):
    """100-nanosecond intervals since 1601, in two halves."""

    _fields_ = (("dwLowDateTime", c_uint32), ("dwHighDateTime", c_uint32))

    @property
    def ticks(self) -> int:
        """The number as one."""
        return int(self.dwHighDateTime) << 32 | int(self.dwLowDateTime)

    @property
    def unix_seconds(self) -> float:
        """Seconds since 1970, computed as psutil does so that start times compare equal."""
        return self.ticks / 1e7 - 11644473600.0


class MEMORY_BASIC_INFORMATION(Structure):
    """https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-memory_basic_information."""

    _fields_ = (
        ("BaseAddress", c_void_p),
        ("AllocationBase", c_void_p),
        ("AllocationProtect", c_uint32),
        ("PartitionId", c_uint32),
        ("RegionSize", ctypes.c_size_t),
        ("State", c_uint32),
        ("Protect", c_uint32),
        ("Type", c_uint32),
    )


class LUID(Structure):
    """Names a privilege on this machine."""

    _fields_ = (("LowPart", c_uint32), ("HighPart", LONG))


class TOKEN_PRIVILEGES(Structure):
    """TOKEN_PRIVILEGES with room for one privilege."""

    _fields_ = (("PrivilegeCount", c_uint32), ("Luid", LUID), ("Attributes", c_uint32))


class VS_FIXEDFILEINFO(Structure):
    """A file's version resource."""

    _fields_ = (
        ("dwSignature", c_uint32),
        ("dwStrucVersion", c_uint32),
        ("dwFileVersionMS", c_uint32),
        ("dwFileVersionLS", c_uint32),
        ("dwProductVersionMS", c_uint32),
        ("dwProductVersionLS", c_uint32),
        ("dwFileFlagsMask", c_uint32),
        ("dwFileFlags", c_uint32),
        ("dwFileOS", c_uint32),
        ("dwFileType", c_uint32),
        ("dwFileSubtype", c_uint32),
        ("dwFileDateMS", c_uint32),
        ("dwFileDateLS", c_uint32),
    )


class EXCEPTION_RECORD(Structure):
    """https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-exception_record."""

    _fields_ = (
        ("ExceptionCode", c_uint32),
        ("ExceptionFlags", c_uint32),
        ("ExceptionRecord", c_void_p),
        ("ExceptionAddress", c_void_p),
        ("NumberParameters", c_uint32),
        ("ExceptionInformation", ctypes.c_size_t * 15),
    )


class EXCEPTION_POINTERS(Structure):
    """A record and the CONTEXT that belongs to it."""

    _fields_ = (("ExceptionRecord", c_void_p), ("ContextRecord", c_void_p))


class MINIDUMP_EXCEPTION_INFORMATION(Structure):
    """ExceptionParam of MiniDumpWriteDump."""

    _pack_ = 4
    _fields_ = (
        ("ThreadId", c_uint32),
        ("ExceptionPointers", c_void_p),
        ("ClientPointers", BOOL),
    )


class MINIDUMP_USER_STREAM(Structure):
    """One stream of the caller's."""

    _pack_ = 4
    _fields_ = (("Type", c_uint32), ("BufferSize", c_uint32), ("Buffer", c_void_p))


class MINIDUMP_USER_STREAM_INFORMATION(Structure):
    """UserStreamParam of MiniDumpWriteDump."""

    _pack_ = 4
    _fields_ = (("UserStreamCount", c_uint32), ("UserStreamArray", c_void_p))


class MINIDUMP_CALLBACK_INFORMATION(Structure):
    """CallbackParam of MiniDumpWriteDump; ``CallbackRoutine`` is a code address."""

    _pack_ = 4
    _fields_ = (("CallbackRoutine", c_void_p), ("CallbackParam", c_void_p))


_THREAD_PADDING: tuple[Any, ...] = (("Pad", c_uint32),) if POINTER_SIZE == 8 else ()
_THREAD_BYTES = 4 + POINTER_SIZE + (4 if POINTER_SIZE == 8 else 0) + CONTEXT_SIZE + 20


def _tail(size: int) -> int:
    # On 64-bit the CONTEXT's alignment rounds the structs around it up to a multiple of 16.
    return -size % 16 if POINTER_SIZE == 8 else 0


class MINIDUMP_THREAD_CALLBACK(Structure):
    """A thread's data. ``StackBase`` is the upper end, ``StackEnd`` the lower one."""

    _pack_ = 4
    _fields_ = (
        ("ThreadId", c_uint32),
        ("ThreadHandle", HANDLE),
        *_THREAD_PADDING,
        ("Context", c_ubyte * CONTEXT_SIZE),
        ("SizeOfContext", c_uint32),
        ("StackBase", c_uint64),
        ("StackEnd", c_uint64),
        ("_Tail", c_ubyte * _tail(_THREAD_BYTES)),
    )


class MINIDUMP_MODULE_CALLBACK(Structure):
    """A module's data."""

    _pack_ = 4
    _fields_ = (
        ("FullPath", c_void_p),
        ("BaseOfImage", c_uint64),
        ("SizeOfImage", c_uint32),
        ("CheckSum", c_uint32),
        ("TimeDateStamp", c_uint32),
        ("VersionInfo", VS_FIXEDFILEINFO),
        ("CvRecord", c_void_p),
        ("SizeOfCvRecord", c_uint32),
        ("MiscRecord", c_void_p),
        ("SizeOfMiscRecord", c_uint32),
    )


class MINIDUMP_IO_CALLBACK(Structure):
    """Bytes to write at an absolute offset."""

    _pack_ = 4
    _fields_ = (
        ("Handle", HANDLE),
        ("Offset", c_uint64),
        ("Buffer", c_void_p),
        ("BufferBytes", c_uint32),
    )


class MINIDUMP_READ_MEMORY_FAILURE_CALLBACK(Structure):
    """Memory that could not be read."""

    _pack_ = 4
    _fields_ = (("Offset", c_uint64), ("Bytes", c_uint32), ("FailureStatus", HRESULT))


class MINIDUMP_VM_POST_READ_CALLBACK(Structure):
    """A read; VmQuery and VmPreRead receive the first one and three fields of it."""

    _pack_ = 4
    _fields_ = (
        ("Offset", c_uint64),
        ("Buffer", c_void_p),
        ("Size", c_uint32),
        ("Completed", c_uint32),
        ("Status", HRESULT),
    )


class _InputUnion(Union):
    _pack_ = 4
    _fields_ = (
        ("Status", HRESULT),
        ("Thread", MINIDUMP_THREAD_CALLBACK),
        # ThreadEx adds two u64 and is what makes the union as large as it is.
        ("_ThreadEx", c_ubyte * (_THREAD_BYTES + 16 + _tail(_THREAD_BYTES + 16))),
        ("Module", MINIDUMP_MODULE_CALLBACK),
        ("ThreadId", c_uint32),
        ("BaseOfImage", c_uint64),
        ("Io", MINIDUMP_IO_CALLBACK),
        ("ReadMemoryFailure", MINIDUMP_READ_MEMORY_FAILURE_CALLBACK),
        ("SecondaryFlags", c_uint32),
        ("Vm", MINIDUMP_VM_POST_READ_CALLBACK),
    )


class MINIDUMP_CALLBACK_INPUT(Structure):
    """What a callback is told; the union's member is chosen by ``CallbackType``."""

    _pack_ = 4
    _anonymous_ = ("u",)
    _fields_ = (
        ("ProcessId", c_uint32),
        ("ProcessHandle", HANDLE),
        ("CallbackType", c_uint32),
        ("u", _InputUnion),
    )


class MINIDUMP_MEMORY_INFO(Structure):
    """A region as VirtualQuery describes it, with the file format's padding."""

    _pack_ = 4
    _fields_ = (
        ("BaseAddress", c_uint64),
        ("AllocationBase", c_uint64),
        ("AllocationProtect", c_uint32),
        ("Alignment1", c_uint32),
        ("RegionSize", c_uint64),
        ("State", c_uint32),
        ("Protect", c_uint32),
        ("Type", c_uint32),
        ("Alignment2", c_uint32),
    )


class _MemoryOutput(Structure):
    _pack_ = 4
    _fields_ = (("MemoryBase", c_uint64), ("MemorySize", c_uint32))


class _CancelOutput(Structure):
    _pack_ = 4
    _fields_ = (("CheckCancel", BOOL), ("Cancel", BOOL))


class _VmRegionOutput(Structure):
    _pack_ = 4
    _fields_ = (("VmRegion", MINIDUMP_MEMORY_INFO), ("Continue", BOOL))


class _VmQueryOutput(Structure):
    _pack_ = 4
    _fields_ = (("VmQueryStatus", HRESULT), ("VmQueryResult", MINIDUMP_MEMORY_INFO))


class _VmReadOutput(Structure):
    _pack_ = 4
    _fields_ = (("VmReadStatus", HRESULT), ("VmReadBytesCompleted", c_uint32))


class MINIDUMP_CALLBACK_OUTPUT(Union):
    """What a callback answers. mingw's header has it wrong (68 bytes); the SDK's is one union."""

    _pack_ = 4
    _anonymous_ = ("memory", "cancel", "vm_region", "vm_query", "vm_read")
    _fields_ = (
        ("ModuleWriteFlags", c_uint32),
        ("ThreadWriteFlags", c_uint32),
        ("SecondaryFlags", c_uint32),
        ("Handle", HANDLE),
        ("Status", HRESULT),
        ("memory", _MemoryOutput),
        ("cancel", _CancelOutput),
        ("vm_region", _VmRegionOutput),
        ("vm_query", _VmQueryOutput),
        ("vm_read", _VmReadOutput),
    )


class OVERLAPPED(Structure):
    """Carries the file offset of a WriteFile call."""

    _fields_ = (
        ("Internal", ctypes.c_size_t),
        ("InternalHigh", ctypes.c_size_t),
        ("Offset", c_uint32),
        ("OffsetHigh", c_uint32),
        ("hEvent", HANDLE),
    )


class THREADENTRY32(Structure):
    """A thread of a Toolhelp snapshot."""

    _fields_ = (
        ("dwSize", c_uint32),
        ("cntUsage", c_uint32),
        ("th32ThreadID", c_uint32),
        ("th32OwnerProcessID", c_uint32),
        ("tpBasePri", LONG),
        ("tpDeltaPri", LONG),
        ("dwFlags", c_uint32),
    )


class MODULEENTRY32W(Structure):
    """A module of a Toolhelp snapshot; texts are UTF-16 units."""

    _fields_ = (
        ("dwSize", c_uint32),
        ("th32ModuleID", c_uint32),
        ("th32ProcessID", c_uint32),
        ("GlblcntUsage", c_uint32),
        ("ProccntUsage", c_uint32),
        ("modBaseAddr", c_void_p),
        ("modBaseSize", c_uint32),
        ("hModule", HANDLE),
        ("szModule", c_uint16 * 256),
        ("szExePath", c_uint16 * 260),
    )


def _check(kind: type[Structure | Union], x64: int, x86: int, **offsets: int) -> None:
    expected = x64 if POINTER_SIZE == 8 else x86
    assert ctypes.sizeof(kind) == expected, f"{kind.__name__}: {ctypes.sizeof(kind)}"
    for name, offset in offsets.items() if POINTER_SIZE == 8 else ():
        found = getattr(kind, name).offset
        assert found == offset, f"{kind.__name__}.{name} at {found}, not {offset}"


def _check_input() -> None:
    assert MINIDUMP_CALLBACK_INPUT.u.offset == 8 + POINTER_SIZE
    if CONTEXT_SIZE == 1232 and POINTER_SIZE == 8:
        offsets = {"Context": 0x10, "SizeOfContext": 0x4E0, "StackBase": 0x4E4, "StackEnd": 0x4EC}
        _check(MINIDUMP_THREAD_CALLBACK, 1280, 0, **offsets)
        _check(MINIDUMP_CALLBACK_INPUT, 1312, 0, CallbackType=12)


_check(MEMORY_BASIC_INFORMATION, 48, 28)
_check(VS_FIXEDFILEINFO, 52, 52)
_check(EXCEPTION_RECORD, 152, 80)
_check(EXCEPTION_POINTERS, 16, 8)
_check(MINIDUMP_EXCEPTION_INFORMATION, 16, 12, ExceptionPointers=4, ClientPointers=12)
_check(MINIDUMP_USER_STREAM, 16, 12, Buffer=8)
_check(MINIDUMP_USER_STREAM_INFORMATION, 12, 8, UserStreamArray=4)
_check(MINIDUMP_CALLBACK_INFORMATION, 16, 8)
_check(MINIDUMP_MODULE_CALLBACK, 104, 92, BaseOfImage=8, CvRecord=80, SizeOfMiscRecord=100)
_check(MINIDUMP_IO_CALLBACK, 28, 20, Offset=8, Buffer=16, BufferBytes=24)
_check(MINIDUMP_READ_MEMORY_FAILURE_CALLBACK, 16, 16)
_check(MINIDUMP_VM_POST_READ_CALLBACK, 28, 24, Buffer=8, Size=16, Status=24)
_check(MINIDUMP_MEMORY_INFO, 48, 48)
_check(MINIDUMP_CALLBACK_OUTPUT, 52, 52, VmRegion=0, Continue=48, VmQueryResult=4)
_check_input()
