"""The structures of the API, under their own names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dumpengine.callbacks import (
    CallbackType,
)
from dumpengine.errors import E_NOTIMPL

S_OK = 0


S_FALSE = 1


@dataclass(slots=True)
class EXCEPTION_RECORD:
    """What happened; parameters are in ``ExceptionInformation``."""

    ExceptionCode: int = 0xFFFFFFFF
    ExceptionFlags: int = 0
    ExceptionRecord: int = 0
    ExceptionAddress: int | None = None
    ExceptionInformation: tuple[int, ...] = ()


@dataclass(slots=True)
class EXCEPTION_POINTERS:
    """A record, and a raw CONTEXT (empty: the thread's own registers)."""

    ExceptionRecord: EXCEPTION_RECORD = field(default_factory=EXCEPTION_RECORD)
    ContextRecord: bytes = b""


@dataclass(slots=True)
class MINIDUMP_EXCEPTION_INFORMATION:
    """ExceptionParam. On Windows ``ExceptionPointers`` may be an address, here or in the target."""

    ThreadId: int
    ExceptionPointers: EXCEPTION_POINTERS | int = field(default_factory=EXCEPTION_POINTERS)
    ClientPointers: bool = False


@dataclass(slots=True)
class MINIDUMP_USER_STREAM:
    """A stream; ``BufferSize`` None takes all of ``Buffer``."""

    Type: int
    BufferSize: int | None = None
    Buffer: bytes | bytearray | memoryview = b""


@dataclass(slots=True)
class MINIDUMP_USER_STREAM_INFORMATION:
    """UserStreamParam; ``UserStreamCount`` None takes all of ``UserStreamArray``."""

    UserStreamCount: int | None = None
    UserStreamArray: Sequence[MINIDUMP_USER_STREAM] = ()


@dataclass(slots=True)
class MINIDUMP_THREAD_CALLBACK:
    """ThreadCallback. ``StackBase`` is the upper end of the stack."""

    ThreadId: int
    ThreadHandle: int
    Context: bytes
    SizeOfContext: int
    StackBase: int
    StackEnd: int


@dataclass(slots=True)
class MINIDUMP_MODULE_CALLBACK:
    """ModuleCallback."""

    FullPath: str
    BaseOfImage: int
    SizeOfImage: int
    CheckSum: int
    TimeDateStamp: int
    CvRecord: bytes
    SizeOfCvRecord: int


@dataclass(slots=True)
class MINIDUMP_INCLUDE_THREAD_CALLBACK:
    """IncludeThreadCallback."""

    ThreadId: int


@dataclass(slots=True)
class MINIDUMP_INCLUDE_MODULE_CALLBACK:
    """IncludeModuleCallback."""

    BaseOfImage: int


@dataclass(slots=True)
class MINIDUMP_IO_CALLBACK:
    """Bytes that belong at an offset of the file."""

    Handle: int = 0
    Offset: int = 0
    Buffer: memoryview = field(default_factory=lambda: memoryview(b""))
    BufferBytes: int = 0


@dataclass(slots=True)
class MINIDUMP_READ_MEMORY_FAILURE_CALLBACK:
    """ReadMemoryFailureCallback."""

    Offset: int
    Bytes: int
    FailureStatus: int


@dataclass(slots=True)
class MINIDUMP_VM_CALLBACK:
    """VmQuery, VmPreRead and VmPostRead; ``Buffer`` may be written."""

    Offset: int
    Buffer: memoryview = field(default_factory=lambda: memoryview(bytearray()))
    Size: int = 0
    Completed: int = 0
    Status: int = S_OK


@dataclass(slots=True)
class MINIDUMP_MEMORY_INFO:
    """A region as VirtualQuery describes it."""

    BaseAddress: int = 0
    AllocationBase: int = 0
    AllocationProtect: int = 0
    RegionSize: int = 0
    State: int = 0
    Protect: int = 0
    Type: int = 0


@dataclass(slots=True)
class MINIDUMP_CALLBACK_INPUT:
    """What a callback is told; the member named like ``CallbackType`` is set, others are None."""

    ProcessId: int
    ProcessHandle: int
    CallbackType: CallbackType
    Thread: MINIDUMP_THREAD_CALLBACK | None = None
    Module: MINIDUMP_MODULE_CALLBACK | None = None
    IncludeThread: MINIDUMP_INCLUDE_THREAD_CALLBACK | None = None
    IncludeModule: MINIDUMP_INCLUDE_MODULE_CALLBACK | None = None
    Io: MINIDUMP_IO_CALLBACK | None = None
    ReadMemoryFailure: MINIDUMP_READ_MEMORY_FAILURE_CALLBACK | None = None
    SecondaryFlags: int = 0
    Status: int = S_OK
    VmQuery: MINIDUMP_VM_CALLBACK | None = None
    VmPreRead: MINIDUMP_VM_CALLBACK | None = None
    VmPostRead: MINIDUMP_VM_CALLBACK | None = None


@dataclass(slots=True)
class MINIDUMP_CALLBACK_OUTPUT:
    """What a callback answers, preset as the system presets it."""

    ModuleWriteFlags: int = 0
    ThreadWriteFlags: int = 0
    SecondaryFlags: int = 0
    MemoryBase: int = 0
    MemorySize: int = 0
    CheckCancel: bool = False
    Cancel: bool = False
    Handle: int = 0
    VmRegion: MINIDUMP_MEMORY_INFO = field(default_factory=MINIDUMP_MEMORY_INFO)
    Continue: bool = False
    VmQueryStatus: int = E_NOTIMPL
    VmQueryResult: MINIDUMP_MEMORY_INFO = field(default_factory=MINIDUMP_MEMORY_INFO)
    VmReadStatus: int = E_NOTIMPL
    VmReadBytesCompleted: int = 0
    Status: int = E_NOTIMPL


CallbackRoutine = Callable[[Any, MINIDUMP_CALLBACK_INPUT, MINIDUMP_CALLBACK_OUTPUT], Any]


@dataclass(slots=True)
class MINIDUMP_CALLBACK_INFORMATION:
    """CallbackParam: ``CallbackRoutine(CallbackParam, CallbackInput, CallbackOutput) -> bool``."""

    CallbackRoutine: CallbackRoutine
    CallbackParam: Any = None
