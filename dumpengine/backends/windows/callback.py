"""The bridge between MINIDUMP_CALLBACK and DumpCallback.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/nc-minidumpapiset-minidump_callback_routine

No exception crosses it: the first one is kept, every further question is answered with "cancel"
or "no", and the caller of the DLL raises it. Types this table does not know answer TRUE and leave
the output alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field

from dumpengine import callbacks as c
from dumpengine.backends.windows import api, registers
from dumpengine.backends.windows.errors import reason
from dumpengine.backends.windows.names import thread_name
from dumpengine.backends.windows.output import Output
from dumpengine.backends.windows.process import Target
from dumpengine.backends.windows.regions import fill, region_of
from dumpengine.backends.windows.standstill import Standstill
from dumpengine.backends.windows.structs import (
    MINIDUMP_CALLBACK_INFORMATION,
    MINIDUMP_CALLBACK_INPUT,
    MINIDUMP_CALLBACK_OUTPUT,
)
from dumpengine.backends.windows.thread_list import correct_threads
from dumpengine.callbacks import CallbackType as Type
from dumpengine.errors import (
    E_CALLBACK_EXCEPTION,
    E_CANCELLED,
    DumpError,
    no_such_process,
)
from dumpengine.job import CallbackSink, CaptureJob
from dumpengine.snapshot import Range, SoftError

Given = MINIDUMP_CALLBACK_INPUT
Answer = MINIDUMP_CALLBACK_OUTPUT
E_FAIL_SIGNED = -0x7FFFBFFB  # E_FAIL as the HRESULT field holds it


@dataclass(slots=True)
class Tally:
    """What a capture has come to so far."""

    phase: c.Phase = c.Phase.PREPARING
    threads: int = 0
    modules: int = 0
    last: str = ""
    looked: bool = False  # whether the DLL got as far as the process's threads
    skipped: list[SoftError] = field(default_factory=list)


class Bridge:
    """Answers the DLL's questions with a DumpCallback; keep it alive during the call.

    ``total`` is the expected size in bytes for progress; ``snapshot`` says that the handle is a
    PSS snapshot. The target stands still in ``still`` until all of it is read. After the call
    ``failure`` is what was raised on the way, and ``cancelled`` whether the callback wanted to end
    it.
    """

    def __init__(
        self,
        job: CaptureJob,
        target: Target,
        still: Standstill,
        *,
        total: int = 0,
        snapshot: bool = False,
    ) -> None:
        self.failure: BaseException | None = None
        self.cancelled = False
        self.tally = Tally()
        self.output = Output(job.sink)
        self._callback = job.callback
        self._target = target
        self._still = still
        self._total = total
        self._snapshot = snapshot
        self._taken_over = False  # whether the callback does the writing
        self._routine = api.MINIDUMP_CALLBACK_ROUTINE(self._enter)
        self._answers: dict[int, Callable[[Given, Answer], bool]] = {
            Type.Module: self._module,
            Type.Thread: self._thread,
            Type.ThreadEx: self._thread,
            Type.IncludeThread: self._include_thread,
            Type.IncludeModule: self._include_module,
            Type.Memory: self._memory,
            Type.RemoveMemory: self._remove_memory,
            Type.Cancel: self._cancel,
            Type.WriteKernelMinidump: self._write_kernel_minidump,
            Type.KernelMinidumpStatus: self._kernel_minidump_status,
            Type.IncludeVmRegion: self._include_vm_region,
            Type.IoStart: self._io_start,
            Type.IoWriteAll: self._io_write_all,
            Type.IoFinish: self._io_finish,
            Type.ReadMemoryFailure: self._read_memory_failure,
            Type.SecondaryFlags: self._secondary_flags,
            Type.IsProcessSnapshot: self._is_process_snapshot,
            Type.VmStart: self._vm_start,
            Type.VmQuery: self._vm_query,
            Type.VmPreRead: self._vm_pre_read,
            Type.VmPostRead: self._vm_post_read,
        }

    def information(self) -> MINIDUMP_CALLBACK_INFORMATION:
        """Return CallbackParam."""
        address = ctypes.cast(self._routine, ctypes.c_void_p).value
        return MINIDUMP_CALLBACK_INFORMATION(address, None)

    def _enter(self, _param: int | None, given: int, answer: int) -> int:
        data = Given.from_address(given)
        result = Answer.from_address(answer)
        if self.failure is not None:
            return self._refuse(data.CallbackType, result)
        handler = self._answers.get(data.CallbackType)
        if handler is None:
            return True
        try:
            return handler(data, result)
        except BaseException as error:  # the edge to foreign code: nothing may cross it
            self.failure = error
            return self._refuse(data.CallbackType, result)

    def _refuse(self, kind: int, answer: Answer) -> int:
        if kind == Type.Cancel:
            answer.CheckCancel = answer.Cancel = True
            return True
        if kind in (Type.IoWriteAll, Type.IoFinish, Type.ReadMemoryFailure):
            answer.Status = E_FAIL_SIGNED
        return False

    def raised(self) -> BaseException | None:
        """Return why the capture must fail as the exception to raise, or None."""
        error = self.failure
        if error is None and self.cancelled:
            return DumpError(E_CANCELLED)
        if error is None or isinstance(error, DumpError) or not isinstance(error, Exception):
            return error
        words = f"A callback raised {type(error).__name__}: {error}."
        return DumpError(E_CALLBACK_EXCEPTION, words)

    def _report(self, phase: c.Phase, last: str = "") -> None:
        tally = self.tally
        tally.phase = phase
        tally.last = last or tally.last
        self._callback.progress(
            c.Progress(
                phase=phase,
                done=self.output.done,
                total=max(self._total, self.output.done) if self._total else 0,
                pause_ms=self._still.pause_ms,
                running=not self._still.stopped,
                threads=tally.threads,
                modules=tally.modules,
                last=tally.last,
            )
        )

    def _is_process_snapshot(self, _given: Given, answer: Answer) -> bool:
        self._callback.is_process_snapshot()  # asked, as the DLL does; which handle it is, we know
        answer.Status = api.S_FALSE if self._snapshot else api.S_OK
        return True

    def _secondary_flags(self, given: Given, answer: Answer) -> bool:
        answer.SecondaryFlags = self._callback.secondary_flags(
            c.SecondaryFlags(given.SecondaryFlags)
        )
        return True

    def _include_thread(self, given: Given, answer: Answer) -> bool:
        self.tally.looked = True
        self._report(c.Phase.STOPPING)
        flags = c.ThreadWriteFlags(answer.ThreadWriteFlags)
        chosen = self._callback.include_thread(c.IncludeThread(given.ThreadId, flags))
        if given.ThreadId in self._still.stuck:  # the DLL would wait for it for ever
            chosen = None
        answer.ThreadWriteFlags = chosen or 0
        return chosen is not None

    def _include_module(self, given: Given, answer: Answer) -> bool:
        flags = c.ModuleWriteFlags(answer.ModuleWriteFlags)
        chosen = self._callback.include_module(c.IncludeModule(given.BaseOfImage, flags))
        answer.ModuleWriteFlags = chosen or 0
        return chosen is not None

    def _thread(self, given: Given, answer: Answer) -> bool:
        data = given.Thread
        context = bytes(data.Context)[: data.SizeOfContext]
        name = thread_name(data.ThreadHandle)
        event = c.ThreadCallback(
            thread_id=data.ThreadId,
            name=name,
            registers=registers.decode(context),
            stack=Range(*sorted((data.StackBase, data.StackEnd))),
            write_flags=c.ThreadWriteFlags(answer.ThreadWriteFlags),
        )
        self.tally.threads += 1
        self._report(c.Phase.COLLECTING, f"Thread {data.ThreadId} {name}".rstrip())
        # FALSE fails the whole dump (dbgcore 10.0.22621); no flags leave the thread out.
        answer.ThreadWriteFlags = self._callback.thread(event) or 0
        return True

    def _module(self, given: Given, answer: Answer) -> bool:
        data = given.Module
        event = c.ModuleCallback(
            path=api.read_utf16(data.FullPath),
            base=data.BaseOfImage,
            size=data.SizeOfImage,
            checksum=data.CheckSum,
            timestamp=data.TimeDateStamp,
            codeview=api.read_bytes(data.CvRecord or 0, data.SizeOfCvRecord),
            write_flags=c.ModuleWriteFlags(answer.ModuleWriteFlags),
        )
        self.tally.modules += 1
        self._report(c.Phase.COLLECTING, f"Module {event.path.rpartition(chr(92))[2]}")
        answer.ModuleWriteFlags = self._callback.module(event) or 0  # as with threads
        return True

    def _memory(self, _given: Given, answer: Answer) -> bool:
        return self._range(self._callback.memory(), answer)

    def _remove_memory(self, _given: Given, answer: Answer) -> bool:
        return self._range(self._callback.remove_memory(), answer)

    def _range(self, wanted: Range | None, answer: Answer) -> bool:
        if wanted is None:
            return False
        answer.MemoryBase, answer.MemorySize = wanted.start, wanted.size
        return True

    def _include_vm_region(self, _given: Given, answer: Answer) -> bool:
        region = region_of(answer.VmRegion)
        chosen = self._callback.include_vm_region(c.IncludeVmRegion(region))
        answer.Continue = chosen is not None
        if chosen is not None:
            answer.VmRegion.BaseAddress = chosen.start
            answer.VmRegion.RegionSize = max(chosen.size, 0)
        return True

    def _cancel(self, _given: Given, answer: Answer) -> bool:
        answer.Cancel = self._poll_cancel()
        answer.CheckCancel = True
        return True

    def _poll_cancel(self) -> bool:
        self.cancelled = self.cancelled or self._callback.cancel()
        return self.cancelled

    def _write_kernel_minidump(self, _given: Given, answer: Answer) -> bool:
        self._callback.write_kernel_minidump()
        answer.Handle = None
        return True

    def _kernel_minidump_status(self, given: Given, _answer: Answer) -> bool:
        self._callback.kernel_minidump_status(given.Status & 0xFFFFFFFF)
        return True

    def _io_start(self, _given: Given, answer: Answer) -> bool:
        self._taken_over = self._callback.io_start()
        if self._taken_over:
            self.output = Output(CallbackSink(self._callback))
        answer.Status = api.S_FALSE
        return True

    def _io_write_all(self, given: Given, answer: Answer) -> bool:
        if self._poll_cancel():  # dbgcore itself asks only between regions, however large
            return self._refuse(Type.IoWriteAll, answer) != 0
        size = given.Io.BufferBytes
        data = (ctypes.c_char * size).from_address(given.Io.Buffer) if size else b""
        self.output.write(given.Io.Offset, memoryview(data).cast("B"))
        answer.Status = api.S_OK
        self._report(c.Phase.MEMORY)
        return True

    def _io_finish(self, _given: Given, answer: Answer) -> bool:
        if self.cancelled:  # called after a cancellation too: no signature for half a file
            return True
        self._still.release()
        self._report(c.Phase.FINISHING)
        correct_threads(self.output, self._still.suspend_counts)
        self.output.finish()
        if self._taken_over:
            self._callback.io_finish()
        answer.Status = api.S_OK
        return True

    def _read_memory_failure(self, given: Given, answer: Answer) -> bool:
        data = given.ReadMemoryFailure
        status = data.FailureStatus & 0xFFFFFFFF
        # A target that ended fails every read: leaving all of it out would be called a dump.
        if not self._snapshot and not self._target.running:
            raise no_such_process(self._target.pid, "The process ended while it was dumped.")
        event = c.ReadMemoryFailure(data.Offset, data.Bytes, status)
        if self._callback.read_memory_failure(event) is False:
            answer.Status = data.FailureStatus or E_FAIL_SIGNED
            return False
        self.tally.skipped.append(
            SoftError("memory", reason(status), address=data.Offset, skipped=data.Bytes)
        )
        answer.Status = api.S_OK
        return True

    def _vm_start(self, _given: Given, answer: Answer) -> bool:
        answer.Status = api.S_FALSE if self._callback.vm_start() else api.S_OK
        return True

    def _vm_query(self, given: Given, answer: Answer) -> bool:
        region = self._callback.vm_query(given.Vm.Offset)
        if region is None:  # FALSE lets the DLL ask the system itself
            return False
        answer.VmQueryStatus = api.S_OK
        fill(answer.VmQueryResult, region)
        return True

    def _vm_pre_read(self, given: Given, answer: Answer) -> bool:
        supplied = self._callback.vm_pre_read(self._vm_read(given, given.Vm.Size))
        if supplied is None:
            return False
        answer.VmReadStatus, answer.VmReadBytesCompleted = api.S_OK, supplied
        return True

    def _vm_post_read(self, given: Given, answer: Answer) -> bool:
        completed = given.Vm.Completed
        self._callback.vm_post_read(self._vm_read(given, completed))
        answer.VmReadStatus, answer.VmReadBytesCompleted = given.Vm.Status, completed
        return True

    @staticmethod
    def _vm_read(given: Given, size: int) -> c.VmRead:
        data = (ctypes.c_char * size).from_address(given.Vm.Buffer) if size else bytearray()
        return c.VmRead(given.Vm.Offset, memoryview(data).cast("B"))
