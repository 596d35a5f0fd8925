"""A dump as a snapshot that the writer can write.

A file says less than a live process: where modules have their code and data, and what belongs to a
thread, is worked out from the map of the address space.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from dumpengine.errors import DumpError
from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_ARM64, CONTEXT_X86
from dumpengine.format.streams import Shrink, stream_row
from dumpengine.format.system_info import PlatformId
from dumpengine.read.dump import Dump
from dumpengine.snapshot import (
    PAGE_SIZE,
    Absent,
    Architecture,
    MemoryType,
    Module,
    PageProtection,
    Range,
    Region,
    Registers,
    Section,
    SectionKind,
    Snapshot,
    Thread,
)

_FULL_CONTEXTS = {
    Architecture.AMD64: CONTEXT_AMD64.SIZE,
    Architecture.X86: CONTEXT_X86.SIZE,
    Architecture.ARM64: CONTEXT_ARM64.SIZE,
}
_THREAD_BLOCK = 2 * PAGE_SIZE


def prepared(dump: Dump) -> Snapshot:
    """Return the snapshot to write."""
    snapshot = dump.snapshot()
    regions = snapshot.regions or tuple(_regions_of(dump))
    places = _Places(regions)
    return replace(
        snapshot,
        regions=regions,
        modules=tuple(_with_sections(module, places) for module in snapshot.modules),
        threads=tuple(_whole(thread, snapshot) for thread in snapshot.threads),
        streams=dict(_kept(snapshot)),
    )


def _kept(snapshot: Snapshot) -> Iterator[tuple[int, bytes]]:
    for kind in snapshot.streams:
        if stream_row(kind).shrink is not Shrink.COPIED:
            continue
        with suppress(DumpError):  # outside the file: the check of the source says so
            yield kind, snapshot.streams[kind]


def _regions_of(dump: Dump) -> Iterator[Region]:
    """Make regions of the ranges a dump holds when it has no map.

    They are not executable on purpose: the filter for stacks then takes all modules for code.
    """
    for piece in dump.memory.ranges():
        yield Region(
            start=piece.start,
            end=piece.end,
            protect=PageProtection.READWRITE,
            type=MemoryType.PRIVATE,
        )


def _with_sections(module: Module, places: _Places) -> Module:
    """Work out headers, code and data from the regions a module lies in."""
    sections = [Section(module.base, module.base + PAGE_SIZE, SectionKind.HEADER)]
    for region in places.touching(module.base, module.end):
        start, end = max(region.start, module.base), min(region.end, module.end)
        if region.executable:
            sections.append(Section(start, end, SectionKind.CODE))
        elif region.writable:
            sections.append(Section(start, end, SectionKind.DATA))
    return replace(module, sections=tuple(sections))


class _Places:
    """Regions by address; a full dump can have a hundred thousand."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._regions = sorted(regions, key=lambda region: region.start)
        self._starts = [region.start for region in self._regions]

    def touching(self, start: int, end: int) -> Iterator[Region]:
        """Yield the regions that share an address with ``[start, end)``."""
        first = max(0, bisect_right(self._starts, start) - 1)
        for index in range(first, len(self._regions)):
            region = self._regions[index]
            if region.start >= end:
                return
            if region.end > start:
                yield region


def _whole(thread: Thread, snapshot: Snapshot) -> Thread:
    """Complete a thread for the writer: its own block, and a context every reader takes."""
    return replace(
        thread,
        registers=_plain(thread.registers),
        local_data=_own_block(thread, snapshot),
    )


def _plain(registers: Registers | Absent) -> Registers | Absent:
    """Have contexts encoded anew that LLDB cut short or that Breakpad laid out its own way."""
    if isinstance(registers, Absent):
        return registers
    needed = _FULL_CONTEXTS.get(registers.architecture, 0)
    return replace(registers, context=b"") if len(registers.context) < needed else registers


def _own_block(thread: Thread, snapshot: Snapshot) -> tuple[Range, ...]:
    """The TEB on Windows; on Linux thread-local storage lies around the thread pointer."""
    if not thread.teb:
        return ()
    if snapshot.system.platform_id == PlatformId.WIN32_NT:
        return (Range(thread.teb, thread.teb + _THREAD_BLOCK),)
    start = max(0, thread.teb - _THREAD_BLOCK // 2)
    return (Range(start, start + _THREAD_BLOCK),)
