"""From the DumpCallback that a capture asks to the routine that ported code brings."""

from __future__ import annotations

from typing import Any

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
from dumpengine.dbghelp.structs import (
    MINIDUMP_CALLBACK_INFORMATION,
    MINIDUMP_CALLBACK_INPUT,
    MINIDUMP_CALLBACK_OUTPUT,
    MINIDUMP_INCLUDE_MODULE_CALLBACK,
    MINIDUMP_INCLUDE_THREAD_CALLBACK,
    MINIDUMP_IO_CALLBACK,
    MINIDUMP_MEMORY_INFO,
    MINIDUMP_MODULE_CALLBACK,
    MINIDUMP_READ_MEMORY_FAILURE_CALLBACK,
    MINIDUMP_THREAD_CALLBACK,
    MINIDUMP_VM_CALLBACK,
    S_FALSE,
    S_OK,
)
from dumpengine.errors import E_FAIL, DumpError
from dumpengine.snapshot import MemoryState, MemoryType, Range, Region
from dumpengine.write.contexts import encode_context


class Routine(DumpCallback):
    """Asks a MINIDUMP_CALLBACK_ROUTINE whatever a DumpCallback is asked.

    ``raised`` is what the routine raised, to be handed to its owner.
    """

    def __init__(self, param: MINIDUMP_CALLBACK_INFORMATION, pid: int, process: int | None) -> None:
        self._param = param
        self._pid = pid
        self._process = process or 0
        self._check_cancel = True
        self.raised: Exception | None = None

    def _ask(
        self, kind: CallbackType, output: MINIDUMP_CALLBACK_OUTPUT | None = None, **told: Any
    ) -> tuple[bool, MINIDUMP_CALLBACK_OUTPUT]:
        output = output or MINIDUMP_CALLBACK_OUTPUT()
        given = MINIDUMP_CALLBACK_INPUT(self._pid, self._process, kind, **told)
        try:
            answer = self._param.CallbackRoutine(self._param.CallbackParam, given, output)
        except Exception as error:
            self.raised = error
            raise
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
        context = encode_context(event.registers) if event.registers else b""
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
