"""MemoryListStream and Memory64ListStream: which memory is where in the file."""

from __future__ import annotations

from collections.abc import Sequence

from dumpengine.format.header import (
    MINIDUMP_LOCATION_DESCRIPTOR,
    MINIDUMP_MEMORY_DESCRIPTOR,
    MINIDUMP_MEMORY_DESCRIPTOR64,
)
from dumpengine.format.layout import pack_many
from dumpengine.format.memory import MINIDUMP_MEMORY64_LIST
from dumpengine.snapshot import Range
from dumpengine.write.holes import Placed

LIST_LIMIT = 0xF0000000  # what a MemoryList can reach, the small streams before it included
ROOM_FOR_SPLITS = 64  # entries reserved for ranges that unreadable pages cut in two


def memory_list_size(count: int) -> int:
    """Return the bytes of a MemoryList of so many ranges."""
    return 4 + count * MINIDUMP_MEMORY_DESCRIPTOR.SIZE


def memory64_list_size(count: int) -> int:
    """Return the bytes of a Memory64List of so many ranges."""
    return MINIDUMP_MEMORY64_LIST.SIZE + count * MINIDUMP_MEMORY_DESCRIPTOR64.SIZE


def pack_memory_list(placed: Sequence[Placed], base: int) -> bytes:
    """Return a MemoryList; every range says where its bytes are."""
    entries = (
        MINIDUMP_MEMORY_DESCRIPTOR(
            item.piece.start, MINIDUMP_LOCATION_DESCRIPTOR(item.piece.size, base + item.offset)
        )
        for item in placed
    )
    return len(placed).to_bytes(4, "little") + pack_many(entries)


def pack_memory64_list(ranges: Sequence[Range], base: int) -> bytes:
    """Return a Memory64List; the bytes follow one another from ``base`` on."""
    head = MINIDUMP_MEMORY64_LIST(NumberOfMemoryRanges=len(ranges), BaseRva=base)
    entries = (MINIDUMP_MEMORY_DESCRIPTOR64(piece.start, piece.size) for piece in ranges)
    return head.pack() + pack_many(entries)
