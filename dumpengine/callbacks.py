"""MiniDumpCallback: one small dataclass per MINIDUMP_CALLBACK_TYPE, and a class to answer them.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/nc-minidumpapiset-minidump_callback_routine

Subclass :class:`DumpCallback` and override what you care about; what is not overridden answers as
if no callback were there. Methods run on the thread that captures, and while they run the target
may be standing still: be quick. An exception fails the capture cleanly with 0x8007023E.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, IntFlag

from dumpengine.errors import E_CANCELLED, DumpError
from dumpengine.snapshot import Range, Region, Registers


class CallbackType(IntEnum):
    """MINIDUMP_CALLBACK_TYPE."""

    Module = 0
    Thread = 1
    ThreadEx = 2
    IncludeThread = 3
    IncludeModule = 4
    Memory = 5
    Cancel = 6
    WriteKernelMinidump = 7
    KernelMinidumpStatus = 8
    RemoveMemory = 9
    IncludeVmRegion = 10
    IoStart = 11
    IoWriteAll = 12
    IoFinish = 13
    ReadMemoryFailure = 14
    SecondaryFlags = 15
    IsProcessSnapshot = 16
    VmStart = 17
    VmQuery = 18
    VmPreRead = 19
    VmPostRead = 20


class ThreadWriteFlags(IntFlag):
    """THREAD_WRITE_FLAGS: what is written of a thread."""

    WriteThread = 0x1
    WriteStack = 0x2
    WriteContext = 0x4
    WriteBackingStore = 0x8
    WriteInstructionWindow = 0x10
    WriteThreadData = 0x20
    WriteThreadInfo = 0x40


class ModuleWriteFlags(IntFlag):
    """MODULE_WRITE_FLAGS: what is written of a module."""

    WriteModule = 0x1
    WriteDataSeg = 0x2
    WriteMiscRecord = 0x4
    WriteCvRecord = 0x8
    ReferencedByMemory = 0x10
    WriteTlsData = 0x20
    WriteCodeSegs = 0x40


class SecondaryFlags(IntFlag):
    """MINIDUMP_SECONDARY_FLAGS."""

    NONE = 0
    WithoutPowerInfo = 0x1


@dataclass(frozen=True, slots=True)
class IncludeThread:
    """A thread was found. ``write_flags`` is what would be written of it."""

    thread_id: int
    write_flags: ThreadWriteFlags


@dataclass(frozen=True, slots=True)
class IncludeModule:
    """A module was found at ``base``. ``write_flags`` is what would be written of it."""

    base: int
    write_flags: ModuleWriteFlags


@dataclass(frozen=True, slots=True)
class ThreadCallback:
    """A thread's data were gathered. ``stack`` is the range that would be written."""

    thread_id: int
    name: str
    registers: Registers | None
    stack: Range
    write_flags: ThreadWriteFlags


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCallback:
    """A module's data were gathered."""

    path: str
    base: int
    size: int
    checksum: int
    timestamp: int
    codeview: bytes
    write_flags: ModuleWriteFlags


@dataclass(frozen=True, slots=True)
class IncludeVmRegion:
    """A region full memory would take. Asked twice a region: answer the same both times."""

    region: Region


@dataclass(frozen=True, slots=True)
class IoWriteAll:
    """All of ``data`` belongs at ``offset`` of the file; the header comes last."""

    offset: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class ReadMemoryFailure:
    """``size`` bytes at ``address`` could not be read, for the reason ``hresult``."""

    address: int
    size: int
    hresult: int


@dataclass(frozen=True, slots=True)
class VmRead:
    """Memory is about to be read (VmPreRead) or was read (VmPostRead, ``data`` holds it).

    ``buffer`` is written by the callback: to supply bytes, or to change them.
    """

    address: int
    buffer: memoryview


class Phase(Enum):
    """What a capture is doing."""

    PREPARING = "preparing"
    STOPPING = "stopping the threads"
    COLLECTING = "collecting facts"
    MEMORY = "copying memory"
    FINISHING = "finishing"
    VERIFYING = "verifying"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a capture is; bytes of bytes. ``total`` is 0 while it is not known.

    ``pause_ms`` is how long the target has stood still so far; ``running`` says it runs again.
    ``last`` is the callback last made, in words: ``Thread 4713 worker-2``. ``ended`` says how the
    target ended, once it has: see ``CaptureResult.target_ended``.
    """

    phase: Phase
    done: int = 0
    total: int = 0
    pause_ms: float = 0.0
    running: bool = True
    threads: int = 0
    modules: int = 0
    last: str = ""
    ended: str = ""


class DumpCallback:
    """Answers to a capture's questions. Every method here answers as if it were not overridden."""

    def remarks(self) -> tuple[str, ...]:
        """Sentences to keep in the dump; asked once, when the process stands still. Ours alone."""
        return ()

    def is_process_snapshot(self) -> bool:
        """Whether the handle is a PSS snapshot (IsProcessSnapshot, S_FALSE)."""
        return False

    def vm_start(self) -> bool:
        """Whether vm_query, vm_pre_read and vm_post_read want to be called (VmStart, S_FALSE)."""
        return False

    def vm_query(self, address: int) -> Region | None:
        """Replace the description of the region at ``address``; None keeps the system's."""
        del address
        return None

    def vm_pre_read(self, event: VmRead) -> int | None:
        """Supply bytes before a read: fill ``event.buffer``, return how many; None reads them."""
        del event
        return None

    def vm_post_read(self, event: VmRead) -> None:
        """Change ``event.buffer`` after a read, to redact it."""

    def io_start(self) -> bool:
        """Whether all writing goes through io_write_all (IoStart, S_FALSE)."""
        return False

    def io_write_all(self, event: IoWriteAll) -> None:
        """Write all of the bytes at their offset; raise to fail the dump."""

    def io_finish(self) -> None:
        """Called after the last write; raise to fail the dump."""

    def secondary_flags(self, flags: SecondaryFlags) -> SecondaryFlags:
        """Return the MINIDUMP_SECONDARY_FLAGS to use."""
        return flags

    def write_kernel_minidump(self) -> None:
        """Called at the end; a kernel dump is not something this engine writes."""

    def kernel_minidump_status(self, hresult: int) -> None:
        """Result of a kernel dump, where the system writes one."""

    def cancel(self) -> bool:
        """Polled between phases and between chunks: True ends the capture with 0x800704C7."""
        return False

    def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
        """Return what to write of the thread; None leaves it out."""
        return event.write_flags

    def include_module(self, event: IncludeModule) -> ModuleWriteFlags | None:
        """Return what to write of the module; None leaves it out."""
        return event.write_flags

    def thread(self, event: ThreadCallback) -> ThreadWriteFlags | None:
        """Return what to write of the thread, some of the flags it comes with; None drops it."""
        return event.write_flags

    def module(self, event: ModuleCallback) -> ModuleWriteFlags | None:
        """Return what to write of the module, some of the flags it comes with; None drops it."""
        return event.write_flags

    def memory(self) -> Range | None:
        """Return a range to add, again and again until None. Not called with full memory."""
        return None

    def remove_memory(self) -> Range | None:
        """Return a range to leave out, again and again until None. Not with full memory."""
        return None

    def include_vm_region(self, event: IncludeVmRegion) -> Range | None:
        """Return the part of the region to take, empty to omit it; None: ask no more."""
        return Range(event.region.start, event.region.end)

    def read_memory_failure(self, event: ReadMemoryFailure) -> bool | None:
        """True leaves the block out, False fails the dump, None does what the flags say."""
        del event
        return None

    def progress(self, progress: Progress) -> None:
        """Not of the API: how far the capture is, at every step. Be quick."""


class Cancel(DumpCallback):
    """A callback that only cancels, once told to."""

    def __init__(self) -> None:
        self._cancelled = False

    def set(self) -> None:
        """Cancel at the next opportunity; may be called from any thread."""
        self._cancelled = True

    def cancel(self) -> bool:
        """See :meth:`DumpCallback.cancel`."""
        return self._cancelled


def raise_if_cancelled(callback: DumpCallback) -> None:
    """Poll the cancel callback; raises DumpError 0x800704C7."""
    if callback.cancel():
        raise DumpError(E_CANCELLED)
