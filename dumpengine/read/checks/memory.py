"""Memory: the two lists and the map of the address space. Never the memory itself."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import add, gt

from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_MEMORY_DESCRIPTOR
from dumpengine.format.memory import MINIDUMP_MEMORY_INFO, MINIDUMP_MEMORY_INFO_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile, StreamEntry
from dumpengine.read.findings import (
    BREAKPAD,
    LLDB,
    MINIDUMP,
    READERS,
    RUST_MINIDUMP,
    UDMP_PARSER,
    WINDBG,
    Findings,
)
from dumpengine.read.memory import EMPTY, RangeTable, read_memory64_list, read_memory_list
from dumpengine.read.memory_info import RegionTable, read_region_table

MAX_BREAKPAD_RANGES = 4096


def check_memory(file: DumpFile, findings: Findings) -> None:
    """Check both memory lists and the list of regions."""
    table = _list64(file, findings)
    if not _list32(file, findings) + len(table):
        findings.warning("Memory", "The dump holds no memory.", LLDB, MINIDUMP)
    _regions(file, table, findings)


def _list32(file: DumpFile, findings: Findings) -> int:
    where = "MemoryListStream"
    try:
        table = read_memory_list(file)
    except DumpError as error:
        findings.error(where, error.cause, *READERS)
        return 0
    entry = file.find(StreamType.MemoryListStream)
    if entry is None:
        return 0
    exact = 4 + len(table) * MINIDUMP_MEMORY_DESCRIPTOR.SIZE
    if entry.size not in (exact, exact + 4):
        what = f"It is {entry.size} bytes long; its {len(table)} ranges need {exact}."
        findings.note(where, what, BREAKPAD)
    _inside(file, table, where, findings)
    if len(table) > MAX_BREAKPAD_RANGES:
        what = f"Breakpad skips it: it has {len(table)} ranges."
        findings.note(where, what, BREAKPAD)
    if overlapping(table.starts, table.sizes) or 0 in table.sizes:
        findings.note(where, "Breakpad skips it: ranges overlap or are empty.", BREAKPAD)
    return len(table)


def _list64(file: DumpFile, findings: Findings) -> RangeTable:
    where = "Memory64ListStream"
    try:
        table = read_memory64_list(file)
    except DumpError as error:
        findings.error(where, error.cause, *READERS)
        return EMPTY
    entry = file.find(StreamType.Memory64ListStream)
    if entry is None:
        return EMPTY
    exact = 16 + 16 * len(table)
    if entry.size != exact:
        what = f"It is {entry.size} bytes long; its {len(table)} ranges need {exact}."
        findings.warning(where, what, WINDBG, RUST_MINIDUMP)
    _inside(file, table, where, findings)
    if overlapping(table.starts, table.sizes):
        findings.note(where, "Ranges overlap.")
    return table


def _inside(file: DumpFile, table: RangeTable, where: str, findings: Findings) -> None:
    """Say once how much of the list's memory the file is missing."""
    size = file.source.size
    ends = map(add, table.offsets, table.sizes)
    outside = sum(1 for end in ends if end > size)
    if outside:
        missing = max(map(add, table.offsets, table.sizes)) - size
        what = (
            f"The file is cut off: {missing} bytes are missing for "
            f"{outside} of {len(table)} memory ranges."
        )
        # The others read what is there; LLDB (and rust-minidump a 64-bit list) refuses it all.
        findings.error(where, what, LLDB, RUST_MINIDUMP, WINDBG)
    wraps = sum(1 for end in map(add, table.starts, table.sizes) if end > 1 << 64)
    if wraps:
        findings.error(where, f"{wraps} ranges reach beyond the address space.", *READERS)


def overlapping(starts: Sequence[int], sizes: Sequence[int]) -> bool:
    """Whether two ranges of a list share an address."""
    if not any(map(gt, map(add, starts, sizes), starts[1:])):
        return False  # sorted and disjoint, as most are
    order = sorted(zip(starts, map(add, starts, sizes), strict=True))
    return any(low[1] > high[0] for low, high in pairwise(order))


def _regions(file: DumpFile, table: RangeTable, findings: Findings) -> None:
    where = "MemoryInfoListStream"
    entry = file.find(StreamType.MemoryInfoListStream)
    if entry is None:
        tell = findings.warning if len(table) else findings.note
        tell(where, "It is missing: there is no map of the address space.", UDMP_PARSER)
        return
    try:
        regions = read_region_table(file)
    except DumpError as error:
        findings.error(where, error.cause, BREAKPAD, UDMP_PARSER)
        return
    if regions is not None:
        _shape(entry, regions, findings)
        _starts(entry, regions, findings)
        _ranges_in_regions(table, regions, findings)


def _shape(entry: StreamEntry, regions: RegionTable, findings: Findings) -> None:
    head, starts = regions.head, regions.starts
    exact = MINIDUMP_MEMORY_INFO_LIST.SIZE + len(starts) * MINIDUMP_MEMORY_INFO.SIZE
    shape = (head.SizeOfHeader, head.SizeOfEntry, entry.size)
    if shape != (MINIDUMP_MEMORY_INFO_LIST.SIZE, MINIDUMP_MEMORY_INFO.SIZE, exact):
        findings.note(entry.name, "Its sizes are not the usual ones.", BREAKPAD)
    if overlapping(starts, regions.sizes):
        findings.note(entry.name, "Regions overlap.", BREAKPAD)


def _starts(entry: StreamEntry, regions: RegionTable, findings: Findings) -> None:
    twice = len(regions.starts) - len(set(regions.starts))
    if twice:
        findings.warning(entry.name, f"{twice} regions begin where another does.", UDMP_PARSER)


def _ranges_in_regions(table: RangeTable, regions: RegionTable, findings: Findings) -> None:
    """udmp-parser 0.7 refuses the file unless every 64-bit range begins where a region does."""
    inner = len(set(table.starts).difference(regions.starts))
    if inner:
        what = f"{inner} of {len(table)} memory ranges begin inside a region or in none."
        findings.warning("Memory64ListStream", what, UDMP_PARSER)
