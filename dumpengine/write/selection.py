"""Which memory a dump holds: the flags' meaning in addresses.

The same rules serve a live process, a file that is made smaller, and the estimate of a size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dumpengine.callbacks import (
    DumpCallback,
    IncludeVmRegion,
    ModuleWriteFlags,
    ThreadWriteFlags,
    raise_if_cancelled,
)
from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import (
    MemoryType,
    PageProtection,
    Range,
    Region,
    SectionKind,
    Snapshot,
    region_at,
)
from dumpengine.snapshot.ranges import RangeSet, coalesced
from dumpengine.write.choice import Choice, ChosenModule, ChosenThread
from dumpengine.write.locks import lock_ranges
from dumpengine.write.pointers import indirect_blocks
from dumpengine.write.unwinding import unwind_tables, without_file

INSTRUCTION_WINDOW = 256  # bytes around each instruction pointer, as dbgcore takes
# Breakpad drops a MemoryList of more ranges; a Memory64List of more would outgrow what holes cost.
MOST_LISTED = 4096
MOST_RANGES = 65536
_LEAST_FILLING = 4 << 20

_T = MinidumpType
_FILTERS = _T.FilterMemory | _T.FilterTriage


@dataclass(frozen=True, slots=True)
class Selection:
    """The memory to write; ``required`` is its part that every stack trace needs."""

    ranges: RangeSet
    required: RangeSet

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.ranges.size


def select(
    snapshot: Snapshot, dump_type: MinidumpType, choice: Choice, callback: DumpCallback
) -> Selection:
    """Return the memory to write, the callbacks' additions and removals included."""
    required = RangeSet(_required(snapshot, choice))
    if dump_type & _T.WithFullMemory:
        ranges = _full(snapshot, callback)
    else:
        ranges = RangeSet(_by_flags(snapshot, dump_type, choice))
        ranges = ranges.union(_asked(callback.memory))
        ranges = ranges.difference(_asked(callback.remove_memory)).union(required)
    if dump_type & _T.WithFullMemory and dump_type & (_T.WithCodeSegs | _T.WithDataSegs):
        ranges = ranges.union(_by_flags(snapshot, dump_type, choice))
    return Selection(_tidied(snapshot, ranges, full=bool(dump_type & _T.WithFullMemory)), required)


def _tidied(snapshot: Snapshot, ranges: RangeSet, *, full: bool) -> RangeSet:
    """Fill small holes where there are too many of them; at most by one part in a hundred."""
    most = MOST_RANGES if full else MOST_LISTED
    if len(ranges) <= most:
        return ranges
    budget = max(ranges.size // 100, _LEAST_FILLING)
    return coalesced(ranges, most, _readable(snapshot), budget)


def _readable(snapshot: Snapshot) -> RangeSet:
    return RangeSet(Range(r.start, r.end) for r in snapshot.regions if r.readable)


def shares(snapshot: Snapshot, choice: Choice) -> Iterator[tuple[MinidumpType, int]]:
    """Yield each memory flag with the bytes it would take alone (for the estimate)."""
    silent = DumpCallback()
    for flag in _MEMORY_FLAGS:
        if flag is _T.WithFullMemory:
            yield flag, _full(snapshot, silent).size
        else:
            yield flag, RangeSet(_by_flags(snapshot, flag, _as_if(choice, flag))).size


_MEMORY_FLAGS = (
    _T.WithFullMemory,
    _T.WithPrivateReadWriteMemory,
    _T.WithDataSegs,
    _T.WithCodeSegs,
    _T.WithModuleHeaders,
    _T.WithPrivateWriteCopyMemory,
    _T.WithIndirectlyReferencedMemory,
    _T.WithProcessThreadData,
)


def _as_if(choice: Choice, flag: MinidumpType) -> Choice:
    extra = ModuleWriteFlags(0)
    if flag is _T.WithDataSegs:
        extra = ModuleWriteFlags.WriteDataSeg
    if flag is _T.WithCodeSegs:
        extra = ModuleWriteFlags.WriteCodeSegs
    modules = tuple(ChosenModule(m.module, m.flags | extra) for m in choice.modules)
    return Choice(choice.threads, modules, choice.secondary)


def _asked(question: Callable[[], Range | None]) -> Iterator[Range]:
    while (piece := question()) is not None and piece.start < piece.end:
        yield piece


def _required(snapshot: Snapshot, choice: Choice) -> Iterator[Range]:
    for chosen in choice.threads:
        yield from chosen.stacks
        window = _instruction_window(snapshot, chosen)
        if window is not None:
            yield window


def _instruction_window(snapshot: Snapshot, chosen: ChosenThread) -> Range | None:
    registers = chosen.registers
    if registers is None or not chosen.flags & ThreadWriteFlags.WriteInstructionWindow:
        return None
    region = region_at(snapshot.regions, registers.pc)
    if region is None or not region.readable:
        return None
    half = INSTRUCTION_WINDOW // 2
    start, end = registers.pc - half, registers.pc + half
    return Range(max(start, region.start), min(end, region.end))


def _full(snapshot: Snapshot, callback: DumpCallback) -> RangeSet:
    """All populated pages; asks IncludeVmRegion once for the size, as dbgcore does."""
    taken: list[Range] = []
    asking = True
    for region in _holding(snapshot):
        part: Range | None = Range(region.start, region.end)
        if asking:
            raise_if_cancelled(callback)
            part = callback.include_vm_region(IncludeVmRegion(region))
            asking = part is not None
        part = part or Range(region.start, region.end)
        start, end = max(part.start, region.start), min(part.end, region.end)
        if start < end:
            taken += snapshot.memory.populated(start, end)
    return RangeSet(taken)


def _holding(snapshot: Snapshot) -> Iterator[Region]:
    """Yield the regions that can be read, and those without access rights that hold something."""
    for region in snapshot.regions:
        if region.readable or (region.reachable and _populated_at_all(snapshot, region)):
            yield region


def _populated_at_all(snapshot: Snapshot, region: Region) -> bool:
    return next(iter(snapshot.memory.populated(region.start, region.end)), None) is not None


def ask_again(snapshot: Snapshot, callback: DumpCallback) -> None:
    """The second round of IncludeVmRegion, before writing; its answers change nothing."""
    for region in _holding(snapshot):
        if callback.include_vm_region(IncludeVmRegion(region)) is None:
            return


def _by_flags(snapshot: Snapshot, dump_type: MinidumpType, choice: Choice) -> Iterator[Range]:
    yield from _always(snapshot, choice)
    if not dump_type & _FILTERS:  # then the decoded facts have to do
        yield from lock_ranges(snapshot, choice.threads)
    yield from _modules(snapshot, dump_type, choice)
    if dump_type & _T.WithPrivateReadWriteMemory:
        yield from _populated(snapshot, _is_private_data)
    if dump_type & _T.WithPrivateWriteCopyMemory:
        yield from _populated(snapshot, _is_write_copy)
    if dump_type & _T.WithIndirectlyReferencedMemory:
        yield from indirect_blocks(snapshot, [chosen.thread for chosen in choice.threads])
    if dump_type & _T.WithProcessThreadData:
        # A program may have left anything in its thread pointer or in its loader's lists.
        yield from _readable(snapshot).intersection(_own_data(snapshot, choice))


def _own_data(snapshot: Snapshot, choice: Choice) -> Iterator[Range]:
    yield from snapshot.process_data
    for chosen in choice.threads:
        if chosen.flags & ThreadWriteFlags.WriteThreadData:
            yield from chosen.thread.local_data


def _always(snapshot: Snapshot, choice: Choice) -> Iterator[Range]:
    """What every stack trace needs: the vdso has no file to take its code from."""
    for chosen in choice.modules:
        if without_file(snapshot, chosen.module):
            yield from unwind_tables(snapshot, chosen.module)
        if not chosen.module.path.startswith(("/", "\\")) and ":" not in chosen.module.path:
            yield from snapshot.memory.populated(chosen.module.base, chosen.module.end)


def _modules(snapshot: Snapshot, dump_type: MinidumpType, choice: Choice) -> Iterator[Range]:
    for chosen in choice.modules:
        for section in chosen.module.sections:
            if section.kind is SectionKind.HEADER and dump_type & _T.WithModuleHeaders:
                yield Range(section.start, section.end)
            elif section.kind is SectionKind.CODE and chosen.flags & ModuleWriteFlags.WriteCodeSegs:
                yield from _mapped(snapshot, section.start, section.end)
            elif section.kind is SectionKind.DATA and chosen.flags & ModuleWriteFlags.WriteDataSeg:
                yield from _mapped(snapshot, section.start, section.end)


def _mapped(snapshot: Snapshot, start: int, end: int) -> Iterator[Range]:
    """The readable parts of a section: whole where a file stands behind it, else what is used."""
    for region in snapshot.regions:
        low, high = max(region.start, start), min(region.end, end)
        if low >= high or not region.readable:
            continue
        if region.name.startswith("/"):
            yield Range(low, high)
        else:
            yield from snapshot.memory.populated(low, high)


def _populated(snapshot: Snapshot, wanted: Callable[[Region], bool]) -> Iterator[Range]:
    for region in snapshot.regions:
        if region.reachable and wanted(region):
            yield from snapshot.memory.populated(region.start, region.end)


# Without access rights: what is populated was written before they were taken away.
_READ_WRITE = PageProtection.READWRITE | PageProtection.EXECUTE_READWRITE | PageProtection.NOACCESS
_WRITE_COPY = PageProtection.WRITECOPY | PageProtection.EXECUTE_WRITECOPY


def _is_private_data(region: Region) -> bool:
    """Private memory that may be written; the .bss of a module counts as its image elsewhere."""
    return region.type is not MemoryType.MAPPED and bool(region.protect & _READ_WRITE)


def _is_write_copy(region: Region) -> bool:
    return bool(region.protect & _WRITE_COPY)


def clipped(selection: Selection, snapshot: Snapshot) -> Selection:
    """Keep only what the snapshot's memory really holds: a smaller dump made of a larger one."""
    available = RangeSet(
        piece
        for mine in selection.ranges
        for piece in snapshot.memory.populated(mine.start, mine.end)
    )
    return Selection(
        selection.ranges.intersection(available), selection.required.intersection(available)
    )
