"""MiniDumpWriteDump and MiniDumpReadDumpStream with the API's own parameters, for ported code.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpwritedump

The functions return TRUE or FALSE and leave an HRESULT for :func:`GetLastError`, on Linux and on
Windows alike; the structures carry the SDK's names. Where C has a pointer and a length, Python has
bytes. Code that is not ported wants :func:`dumpengine.write_dump` instead.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from mmap import mmap
from typing import Any, BinaryIO

from dumpengine.callbacks import (
    CallbackType,
    DumpCallback,
    IncludeModule,
    IncludeThread,
    IncludeVmRegion,
    IoWriteAll,
    ModuleCallback,
    ModuleWriteFlags,
    ReadMemoryFailure,
    SecondaryFlags,
    ThreadCallback,
    ThreadWriteFlags,
    VmRead,
)
from dumpengine.capture.write_dump import write_dump
from dumpengine.errors import E_FAIL, E_INVALID_HANDLE, E_INVALIDARG, E_NOTIMPL, DumpError
from dumpengine.format.header import MINIDUMP_DIRECTORY
from dumpengine.options import ExceptionInformation, UserStream
from dumpengine.read.dump import read_dump_stream
from dumpengine.snapshot import MemoryState, MemoryType, Range, Region

S_OK = 0
S_FALSE = 1
GetCurrentProcess = -1  # the pseudo handle that function returns


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


_last = threading.local()


def GetLastError() -> int:
    """Return the HRESULT of this thread's last call, 0 after a success."""
    return getattr(_last, "error", S_OK)


def MiniDumpWriteDump(  # noqa: PLR0913, PLR0917 - the API's own parameters, in its order
    hProcess: int | None,
    ProcessId: int,
    hFile: int | BinaryIO | None,
    DumpType: int,
    ExceptionParam: MINIDUMP_EXCEPTION_INFORMATION | None = None,
    UserStreamParam: MINIDUMP_USER_STREAM_INFORMATION | None = None,
    CallbackParam: MINIDUMP_CALLBACK_INFORMATION | None = None,
) -> bool:
    """Write a minidump; False and :func:`GetLastError` when that failed.

    ``hProcess`` may be anything: the process is opened by ``ProcessId`` with the rights it takes
    (0 with the pseudo handle -1 is this process). ``hFile`` is a file descriptor or a seekable
    binary stream; None is for callbacks that take the writing over.
    """
    _last.error = S_OK
    pid = ProcessId or (os.getpid() if hProcess == GetCurrentProcess else 0)
    try:
        if pid <= 0:
            raise DumpError(E_INVALIDARG, "No process was named.")
        write_dump(
            pid,
            _Nowhere() if hFile is None else hFile,
            DumpType,
            exception=_exception(ExceptionParam),
            user_streams=_user_streams(UserStreamParam),
            callback=_Routine(CallbackParam, pid, hProcess) if CallbackParam else None,
        )
    except DumpError as error:
        _last.error = error.hresult
        return False
    return True


def MiniDumpReadDumpStream(
    BaseOfDump: bytes | memoryview | mmap, StreamNumber: int
) -> tuple[bool, MINIDUMP_DIRECTORY | None, memoryview, int]:
    """Find a stream in a mapped dump: (found, Dir, StreamPointer, StreamSize).

    https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpreaddumpstream
    """
    found, directory, stream = read_dump_stream(BaseOfDump, StreamNumber)
    _last.error = S_OK if found else E_INVALIDARG
    return found, directory, stream, len(stream)


class _Nowhere(BytesIO):
    """The file of a caller who gave none: writing to it is the error it is in C."""

    def write(self, _data: Any) -> int:
        raise DumpError(E_INVALID_HANDLE, "There is no file, and no callback took its place.")


def _exception(param: MINIDUMP_EXCEPTION_INFORMATION | None) -> ExceptionInformation | None:
    if param is None:
        return None
    pointers = param.ExceptionPointers
    if isinstance(pointers, int):
        return ExceptionInformation(
            param.ThreadId, client_pointers=param.ClientPointers, pointers=pointers
        )
    record = pointers.ExceptionRecord
    return ExceptionInformation(
        thread_id=param.ThreadId,
        code=record.ExceptionCode,
        flags=record.ExceptionFlags,
        address=record.ExceptionAddress,
        parameters=tuple(record.ExceptionInformation),
        context=bytes(pointers.ContextRecord),
    )


def _user_streams(param: MINIDUMP_USER_STREAM_INFORMATION | None) -> tuple[UserStream, ...]:
    if param is None:
        return ()
    return tuple(
        UserStream(stream.Type, bytes(stream.Buffer[: stream.BufferSize]))
        for stream in param.UserStreamArray[: param.UserStreamCount]
    )


class _Routine(DumpCallback):
    """Asks a MINIDUMP_CALLBACK_ROUTINE whatever a DumpCallback is asked."""

    def __init__(self, param: MINIDUMP_CALLBACK_INFORMATION, pid: int, process: int | None) -> None:
        self._param = param
        self._pid = pid
        self._process = process or 0
        self._check_cancel = True

    def _ask(
        self, kind: CallbackType, output: MINIDUMP_CALLBACK_OUTPUT | None = None, **told: Any
    ) -> tuple[bool, MINIDUMP_CALLBACK_OUTPUT]:
        output = output or MINIDUMP_CALLBACK_OUTPUT()
        given = MINIDUMP_CALLBACK_INPUT(self._pid, self._process, kind, **told)
        answer = self._param.CallbackRoutine(self._param.CallbackParam, given, output)
        return bool(answer), output

    def _status(self, kind: CallbackType, **told: Any) -> int:
        answer, output = self._ask(kind, **told)
        return output.Status if answer else E_FAIL

    def is_process_snapshot(self) -> bool:
        return self._status(CallbackType.IsProcessSnapshot) == S_FALSE

    def vm_start(self) -> bool:
        return self._status(CallbackType.VmStart) == S_FALSE

    def io_start(self) -> bool:
        return self._status(CallbackType.IoStart, Io=MINIDUMP_IO_CALLBACK()) == S_FALSE

    def io_write_all(self, event: IoWriteAll) -> None:
        io = MINIDUMP_IO_CALLBACK(0, event.offset, event.data, len(event.data))
        _must_be_ok(self._status(CallbackType.IoWriteAll, Io=io))

    def io_finish(self) -> None:
        _must_be_ok(self._status(CallbackType.IoFinish, Io=MINIDUMP_IO_CALLBACK()))

    def vm_query(self, address: int) -> Region | None:
        told = MINIDUMP_VM_CALLBACK(address)
        answer, output = self._ask(CallbackType.VmQuery, VmQuery=told)
        return _region(output.VmQueryResult) if answer and output.VmQueryStatus == S_OK else None

    def vm_pre_read(self, event: VmRead) -> int | None:
        told = MINIDUMP_VM_CALLBACK(event.address, event.buffer, len(event.buffer))
        answer, output = self._ask(CallbackType.VmPreRead, VmPreRead=told)
        return output.VmReadBytesCompleted if answer and output.VmReadStatus == S_OK else None

    def vm_post_read(self, event: VmRead) -> None:
        size = len(event.buffer)
        told = MINIDUMP_VM_CALLBACK(event.address, event.buffer, size, size)
        self._ask(CallbackType.VmPostRead, VmPostRead=told)

    def secondary_flags(self, flags: SecondaryFlags) -> SecondaryFlags:
        answer, output = self._ask(CallbackType.SecondaryFlags, SecondaryFlags=int(flags))
        return SecondaryFlags(output.SecondaryFlags) if answer else flags

    def write_kernel_minidump(self) -> None:
        self._ask(CallbackType.WriteKernelMinidump)

    def kernel_minidump_status(self, hresult: int) -> None:
        self._ask(CallbackType.KernelMinidumpStatus, Status=hresult)

    def cancel(self) -> bool:
        if not self._check_cancel:  # asked no more once CheckCancel is left FALSE
            return False
        answer, output = self._ask(CallbackType.Cancel)
        self._check_cancel = bool(output.CheckCancel)
        return answer and bool(output.Cancel)

    def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
        told = MINIDUMP_INCLUDE_THREAD_CALLBACK(event.thread_id)
        preset = MINIDUMP_CALLBACK_OUTPUT(ThreadWriteFlags=int(event.write_flags))
        answer, output = self._ask(CallbackType.IncludeThread, preset, IncludeThread=told)
        return ThreadWriteFlags(output.ThreadWriteFlags) if answer else None

    def include_module(self, event: IncludeModule) -> ModuleWriteFlags | None:
        told = MINIDUMP_INCLUDE_MODULE_CALLBACK(event.base)
        preset = MINIDUMP_CALLBACK_OUTPUT(ModuleWriteFlags=int(event.write_flags))
        answer, output = self._ask(CallbackType.IncludeModule, preset, IncludeModule=told)
        return ModuleWriteFlags(output.ModuleWriteFlags) if answer else None

    def thread(self, event: ThreadCallback) -> ThreadWriteFlags | None:
        context = event.registers.context if event.registers else b""
        told = MINIDUMP_THREAD_CALLBACK(
            event.thread_id, 0, context, len(context), event.stack.end, event.stack.start
        )
        preset = MINIDUMP_CALLBACK_OUTPUT(ThreadWriteFlags=int(event.write_flags))
        answer, output = self._ask(CallbackType.Thread, preset, Thread=told)
        return ThreadWriteFlags(output.ThreadWriteFlags) if answer else None

    def module(self, event: ModuleCallback) -> ModuleWriteFlags | None:
        told = MINIDUMP_MODULE_CALLBACK(
            FullPath=event.path,
            BaseOfImage=event.base,
            SizeOfImage=event.size,
            CheckSum=event.checksum,
            TimeDateStamp=event.timestamp,
            CvRecord=event.codeview,
            SizeOfCvRecord=len(event.codeview),
        )
        preset = MINIDUMP_CALLBACK_OUTPUT(ModuleWriteFlags=int(event.write_flags))
        answer, output = self._ask(CallbackType.Module, preset, Module=told)
        return ModuleWriteFlags(output.ModuleWriteFlags) if answer else None

    def memory(self) -> Range | None:
        return self._range(CallbackType.Memory)

    def remove_memory(self) -> Range | None:
        return self._range(CallbackType.RemoveMemory)

    def _range(self, kind: CallbackType) -> Range | None:
        answer, output = self._ask(kind)
        if not answer or not output.MemorySize:
            return None
        return Range(output.MemoryBase, output.MemoryBase + output.MemorySize)

    def include_vm_region(self, event: IncludeVmRegion) -> Range | None:
        preset = MINIDUMP_CALLBACK_OUTPUT(VmRegion=_info(event.region))
        answer, output = self._ask(CallbackType.IncludeVmRegion, preset)
        if not answer or not output.Continue:
            return None
        start = output.VmRegion.BaseAddress
        return Range(start, start + output.VmRegion.RegionSize)

    def read_memory_failure(self, event: ReadMemoryFailure) -> bool | None:
        told = MINIDUMP_READ_MEMORY_FAILURE_CALLBACK(event.address, event.size, event.hresult)
        preset = MINIDUMP_CALLBACK_OUTPUT(Status=event.hresult)
        answer, output = self._ask(CallbackType.ReadMemoryFailure, preset, ReadMemoryFailure=told)
        return output.Status == S_OK if answer else None


def _must_be_ok(status: int) -> None:
    if status != S_OK:
        raise DumpError(status & 0xFFFFFFFF, "The callback did not write the dump's bytes.")


def _info(region: Region) -> MINIDUMP_MEMORY_INFO:
    return MINIDUMP_MEMORY_INFO(
        BaseAddress=region.start,
        AllocationBase=region.allocation_base,
        AllocationProtect=region.allocation_protect,
        RegionSize=region.size,
        State=int(region.state),
        Protect=int(region.protect),
        Type=int(region.type),
    )


def _region(info: MINIDUMP_MEMORY_INFO) -> Region:
    return Region(
        start=info.BaseAddress,
        end=info.BaseAddress + info.RegionSize,
        protect=info.Protect,
        type=MemoryType(info.Type),
        state=MemoryState(info.State),
        allocation_base=info.AllocationBase,
        allocation_protect=info.AllocationProtect,
    )
