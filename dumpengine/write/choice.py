"""What the caller's callbacks leave in: asked in the order Microsoft's dbgcore asks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dumpengine.callbacks import (
    DumpCallback,
    IncludeModule,
    IncludeThread,
    ModuleCallback,
    ModuleWriteFlags,
    SecondaryFlags,
    ThreadCallback,
    ThreadWriteFlags,
    raise_if_cancelled,
)
from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import Module, Range, Registers, Snapshot, Thread
from dumpengine.write.interrupted import interrupted_stack

_NO_STACK = Range(0, 0)


@dataclass(frozen=True, slots=True)
class ChosenThread:
    """A thread that will be written, and what of it.

    ``interrupted`` is its other stack, when a signal's handler runs on an alternate one.
    """

    thread: Thread
    flags: ThreadWriteFlags
    interrupted: Range | None = None

    @property
    def stack(self) -> Range | None:
        """The stack to write, None when there is none or it is left out."""
        wanted = bool(self.flags & ThreadWriteFlags.WriteStack)
        return self.thread.stack if wanted and isinstance(self.thread.stack, Range) else None

    @property
    def stacks(self) -> tuple[Range, ...]:
        """All stacks of it to write: its own, and the interrupted one."""
        own = self.stack
        if own is None:
            return ()
        return (own, self.interrupted) if self.interrupted else (own,)

    @property
    def registers(self) -> Registers | None:
        """The registers to write."""
        wanted = bool(self.flags & ThreadWriteFlags.WriteContext)
        found = self.thread.registers
        return found if wanted and isinstance(found, Registers) else None


@dataclass(frozen=True, slots=True)
class ChosenModule:
    """A module that will be written, and what of it."""

    module: Module
    flags: ModuleWriteFlags


@dataclass(frozen=True, slots=True)
class Choice:
    """All threads and modules that will be written."""

    threads: tuple[ChosenThread, ...]
    modules: tuple[ChosenModule, ...]
    secondary: SecondaryFlags


def default_thread_flags(dump_type: MinidumpType) -> ThreadWriteFlags:
    """What a dump of this type writes of every thread unless a callback objects."""
    flags = (
        ThreadWriteFlags.WriteThread
        | ThreadWriteFlags.WriteStack
        | ThreadWriteFlags.WriteContext
        | ThreadWriteFlags.WriteInstructionWindow
    )
    if dump_type & MinidumpType.WithThreadInfo:
        flags |= ThreadWriteFlags.WriteThreadInfo
    if dump_type & MinidumpType.WithProcessThreadData:
        flags |= ThreadWriteFlags.WriteThreadData
    return flags


def default_module_flags(dump_type: MinidumpType) -> ModuleWriteFlags:
    """What a dump of this type writes of every module unless a callback objects."""
    flags = (
        ModuleWriteFlags.WriteModule
        | ModuleWriteFlags.WriteMiscRecord
        | ModuleWriteFlags.WriteCvRecord
    )
    if dump_type & MinidumpType.WithDataSegs:
        flags |= ModuleWriteFlags.WriteDataSeg
    if dump_type & MinidumpType.WithCodeSegs:
        flags |= ModuleWriteFlags.WriteCodeSegs
    return flags


def ask_start(callback: DumpCallback) -> SecondaryFlags:
    """Ask what is asked before anything else; returns the secondary flags to use.

    IsProcessSnapshot, VmStart and IoStart come before it and are asked where they matter.
    """
    return SecondaryFlags(callback.secondary_flags(SecondaryFlags.NONE)) & SecondaryFlags(1)


def choose(
    snapshot: Snapshot,
    dump_type: MinidumpType,
    callback: DumpCallback,
    referenced: frozenset[int],
    secondary: SecondaryFlags,
) -> Choice:
    """Ask about every thread and module.

    ``referenced`` are the bases of modules that stacks point into (with ScanMemory).
    """
    raise_if_cancelled(callback)
    threads = _include_threads(snapshot, dump_type, callback)
    modules = _include_modules(snapshot, dump_type, callback)
    raise_if_cancelled(callback)
    modules = [m for m in (_ask_module(m, callback, referenced) for m in modules) if m]
    threads = [t for t in (_ask_thread(t, callback) for t in threads) if t]
    threads = [replace(t, interrupted=interrupted_stack(snapshot, t.thread)) for t in threads]
    return Choice(tuple(threads), tuple(modules), secondary)


def _include_threads(
    snapshot: Snapshot, dump_type: MinidumpType, callback: DumpCallback
) -> list[ChosenThread]:
    chosen = []
    default = default_thread_flags(dump_type)
    for thread in snapshot.threads:
        flags = callback.include_thread(IncludeThread(thread.tid, default))
        if flags is not None and flags & ThreadWriteFlags.WriteThread:
            chosen.append(ChosenThread(thread, flags & default))
        raise_if_cancelled(callback)
    return chosen


def _include_modules(
    snapshot: Snapshot, dump_type: MinidumpType, callback: DumpCallback
) -> list[ChosenModule]:
    chosen = []
    default = default_module_flags(dump_type)
    for module in snapshot.modules:
        flags = callback.include_module(IncludeModule(module.base, default))
        if flags is not None and flags & ModuleWriteFlags.WriteModule:
            chosen.append(ChosenModule(module, flags & _may_grow(default)))
        raise_if_cancelled(callback)
    return chosen


def _may_grow(default: ModuleWriteFlags) -> ModuleWriteFlags:
    """A callback may ask for the data or code of one module that the type leaves out."""
    return default | ModuleWriteFlags.WriteDataSeg | ModuleWriteFlags.WriteCodeSegs


def _ask_module(
    chosen: ChosenModule, callback: DumpCallback, referenced: frozenset[int]
) -> ChosenModule | None:
    module, flags = chosen.module, chosen.flags
    if module.base in referenced:
        flags |= ModuleWriteFlags.ReferencedByMemory
    answer = callback.module(
        ModuleCallback(
            path=module.path,
            base=module.base,
            size=module.size,
            checksum=module.checksum,
            timestamp=module.timestamp,
            codeview=module.codeview,
            write_flags=flags,
        )
    )
    if answer is None or not answer & ModuleWriteFlags.WriteModule:
        return None
    return ChosenModule(module, answer & _may_grow(flags))


def _ask_thread(chosen: ChosenThread, callback: DumpCallback) -> ChosenThread | None:
    answer = callback.thread(
        ThreadCallback(
            chosen.thread.tid,
            chosen.thread.name,
            chosen.registers,
            chosen.stack or _NO_STACK,
            chosen.flags,
        )
    )
    if answer is None or not answer & ThreadWriteFlags.WriteThread:
        return None
    return ChosenThread(chosen.thread, answer & chosen.flags)
