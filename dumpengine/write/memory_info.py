"""MemoryInfoListStream."""

from __future__ import annotations

from collections.abc import Iterator

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import pack_many
from dumpengine.format.memory import MINIDUMP_MEMORY_INFO, MINIDUMP_MEMORY_INFO_LIST
from dumpengine.snapshot import MemoryState, MemoryType, PageProtection, Range, Region
from dumpengine.snapshot.ranges import RangeSet
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source


def write_memory_info(
    image: FileImage, source: Source, taken: RangeSet
) -> MINIDUMP_LOCATION_DESCRIPTOR:
    """Append every region and the gaps between them.

    Regions are split where the memory ``taken`` into a full dump begins and ends: udmp-parser
    finds memory only where a range of it starts an entry here.
    """
    entries = [
        _entry(piece, region)
        for region in _with_gaps(source.snapshot.regions)
        for piece in _split(region, taken)
    ]
    head = MINIDUMP_MEMORY_INFO_LIST(NumberOfEntries=len(entries))
    return image.append(head.pack() + pack_many(entries))


def _with_gaps(regions: tuple[Region, ...]) -> Iterator[Region]:
    at = 0
    for region in regions:
        if region.start > at:
            yield Region(
                start=at,
                end=region.start,
                protect=PageProtection.NOACCESS,
                type=MemoryType.NONE,
                state=MemoryState.FREE,
            )
        yield region
        at = region.end


def _split(region: Region, taken: RangeSet) -> Iterator[Range]:
    whole = Range(region.start, region.end)
    at = region.start
    for piece in taken.touching(whole):
        for edge in (max(piece.start, whole.start), min(piece.end, whole.end)):
            if edge > at:
                yield Range(at, edge)
                at = edge
    if at < region.end:
        yield Range(at, region.end)


def _entry(piece: Range, region: Region) -> MINIDUMP_MEMORY_INFO:
    return MINIDUMP_MEMORY_INFO(
        BaseAddress=piece.start,
        AllocationBase=region.allocation_base,
        AllocationProtect=region.allocation_protect,
        RegionSize=piece.size,
        State=region.state,
        Protect=region.protect,
        Type=region.type,
    )
