"""MemoryInfoListStream as regions, with names from LinuxMaps; LinuxMaps alone where that is all.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_memory_info
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dumpengine.errors import DumpError
from dumpengine.format.memory import MINIDUMP_MEMORY_INFO, MINIDUMP_MEMORY_INFO_LIST
from dumpengine.format.proc_maps import Mapping, parse_maps
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.linux_maps import region_of
from dumpengine.read.lists import headed_entries
from dumpengine.read.source import bad_format, read_numbers
from dumpengine.snapshot import MemoryState, MemoryType, Region

MAX_REGIONS = 1 << 20
_STATES = {int(state): state for state in MemoryState}
_TYPES = {int(kind): kind for kind in MemoryType}
_WORDS = MINIDUMP_MEMORY_INFO.SIZE // 8
_SIZE_WORD = MINIDUMP_MEMORY_INFO.OFFSETS["RegionSize"] // 8


@dataclass(frozen=True, slots=True)
class RegionTable:
    """The stream's head and the addresses and sizes of its regions, in its order."""

    head: MINIDUMP_MEMORY_INFO_LIST
    starts: array[int]
    sizes: array[int]


def read_regions(file: DumpFile) -> tuple[Region, ...]:
    """Return the map of the address space, free parts included; raises DumpError."""
    mappings = _mappings(file)
    body = file.body(StreamType.MemoryInfoListStream)
    if body is None:
        return tuple(map(region_of, mappings))
    regions = _regions(body)
    return tuple(_named(regions, mappings) if mappings else regions)


def _mappings(file: DumpFile) -> list[Mapping]:
    try:
        found = parse_maps(file.body(StreamType.LinuxMaps) or b"")
        return sorted(found, key=lambda mapping: mapping.start)
    except DumpError as error:
        file.note("LinuxMaps", error)
        return []


def read_region_table(file: DumpFile) -> RegionTable | None:
    """Return where the stream's regions are, None when there is no stream; raises DumpError."""
    body = file.body(StreamType.MemoryInfoListStream)
    if body is None:
        return None
    head, entries = _entries(body)
    numbers = read_numbers(entries)
    starts = numbers[0::_WORDS]
    return RegionTable(head, starts, numbers[_SIZE_WORD::_WORDS])


def _entries(body: bytes) -> tuple[MINIDUMP_MEMORY_INFO_LIST, bytes]:
    if len(body) < MINIDUMP_MEMORY_INFO_LIST.SIZE:
        raise bad_format("The list of memory regions is too short for its head.")
    head = MINIDUMP_MEMORY_INFO_LIST.unpack(body)
    if head.NumberOfEntries > MAX_REGIONS:
        raise bad_format(f"The list of memory regions has {head.NumberOfEntries} entries.")
    entries = headed_entries(
        body,
        head.SizeOfHeader,
        head.SizeOfEntry,
        head.NumberOfEntries,
        MINIDUMP_MEMORY_INFO.SIZE,
    )
    return head, entries


def _regions(body: bytes) -> list[Region]:
    return [
        Region(
            start=base,
            end=base + size,
            protect=protect,
            type=_TYPES.get(kind, MemoryType.NONE),
            state=_STATES.get(state, MemoryState.FREE),
            allocation_base=allocation_base,
            allocation_protect=allocation_protect,
        )
        for base, allocation_base, allocation_protect, _, size, state, protect, kind, _ in (
            MINIDUMP_MEMORY_INFO.rows(_entries(body)[1])
        )
    ]


def _named(regions: list[Region], mappings: list[Mapping]) -> list[Region]:
    """Add the names and file offsets of the mappings that the regions lie in."""
    starts = [mapping.start for mapping in mappings]
    return [_name(region, mappings[max(0, at)]) for region, at in _places(regions, starts)]


def _places(regions: list[Region], starts: list[int]) -> Iterator[tuple[Region, int]]:
    return ((region, bisect_right(starts, region.start) - 1) for region in regions)


def _name(region: Region, mapping: Mapping) -> Region:
    if not mapping.name or not mapping.start <= region.start < mapping.end:
        return region
    offset = mapping.offset + region.start - mapping.start if mapping.inode else 0
    return replace(region, name=mapping.name, offset=offset)
