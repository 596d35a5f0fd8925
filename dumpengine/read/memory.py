"""MemoryListStream, Memory64ListStream and thread stacks as one Memory, by address.

Ranges are kept as arrays of numbers, never as objects: a full dump has tens of thousands of them,
a bad one can claim millions. Their bytes are touched only when somebody reads them.
https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_memory64_list
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from operator import add, le

from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_MEMORY_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR64
from dumpengine.format.memory import MINIDUMP_MEMORY64_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.lists import counted_entries
from dumpengine.read.source import Source, bad_format, read_numbers
from dumpengine.read.threads import read_thread_rows
from dumpengine.snapshot import Absent, Range

ADDRESS_END = 1 << 64


@dataclass(frozen=True, slots=True)
class RangeTable:
    """Ranges as a list stores them, in its order: addresses, sizes, offsets in the file."""

    starts: array[int]
    sizes: array[int]
    offsets: array[int]

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def size(self) -> int:
        """Bytes of all ranges together."""
        return sum(self.sizes)

    def ranges(self) -> Iterator[Range]:
        """Yield the address ranges in the list's order."""
        return map(Range, self.starts, map(add, self.starts, self.sizes))


EMPTY = RangeTable(array("Q"), array("Q"), array("Q"))


def read_memory_list(file: DumpFile) -> RangeTable:
    """Return MemoryListStream; empty when there is none; raises DumpError when malformed."""
    body = file.body(StreamType.MemoryListStream)
    if body is None:
        return EMPTY
    entries = counted_entries(body, MINIDUMP_MEMORY_DESCRIPTOR.SIZE, "The memory list")
    numbers = read_numbers(entries)
    locations = numbers[1::2]  # size in the low half, offset in the high one
    return RangeTable(
        numbers[0::2],
        array("Q", (location & 0xFFFFFFFF for location in locations)),
        array("Q", (location >> 32 for location in locations)),
    )


def read_memory64_list(file: DumpFile) -> RangeTable:
    """Return Memory64ListStream; empty when there is none; raises DumpError when malformed."""
    body = file.body(StreamType.Memory64ListStream)
    if body is None:
        return EMPTY
    head, size = MINIDUMP_MEMORY64_LIST, MINIDUMP_MEMORY_DESCRIPTOR64.SIZE
    if len(body) < head.SIZE:
        raise bad_format("The 64-bit memory list is too short for its head.")
    count, base = struct.unpack_from("<QQ", body)
    if head.SIZE + count * size > len(body):
        raise bad_format(f"The 64-bit memory list promises {count} ranges and ends earlier.")
    numbers = read_numbers(body[head.SIZE : head.SIZE + count * size])
    sizes = numbers[1::2]
    ends = accumulate(sizes, initial=base)
    offsets = array("Q", (min(end, ADDRESS_END - 1) for end in islice(ends, count)))
    return RangeTable(numbers[0::2], sizes, offsets)


def read_stack_list(file: DumpFile) -> RangeTable:
    """Return the stacks that threads keep bytes of; raises DumpError."""
    rows = [row for row in read_thread_rows(file) if row.stack_rva and row.stack_size]
    return _table((row.stack_start, row.stack_size, row.stack_rva) for row in rows)


def _table(pieces: Iterable[tuple[int, int, int]]) -> RangeTable:
    table = RangeTable(array("Q"), array("Q"), array("Q"))
    for start, size, offset in pieces:
        table.starts.append(start)
        table.sizes.append(size)
        table.offsets.append(offset)
    return table


class MemoryIndex:
    """The ranges of one list, sorted by address, cut where they overlap, cut at the file's end."""

    def __init__(self, table: RangeTable, file_size: int) -> None:
        self.cut_off = any(map(file_size.__lt__, map(add, table.offsets, table.sizes)))
        if self.cut_off or not _is_tidy(table):
            table = _table(_tidied(table, file_size))
        self.starts, self.sizes, self.offsets = table.starts, table.sizes, table.offsets

    def find(self, address: int) -> tuple[int, int] | None:
        """Return the offset in the file and the bytes left in the range, None when absent."""
        at = bisect_right(self.starts, address) - 1
        if at < 0:
            return None
        into = address - self.starts[at]
        left = self.sizes[at] - into
        return (self.offsets[at] + into, left) if left > 0 else None

    def between(self, start: int, end: int) -> Iterator[Range]:
        """Yield the parts of ``[start, end)`` in this list."""
        at = max(0, bisect_right(self.starts, start) - 1)
        for low, size in zip(self.starts[at:], self.sizes[at:], strict=True):
            if low >= end:
                return
            if low + size > start:
                yield Range(max(low, start), min(low + size, end))


def _is_tidy(table: RangeTable) -> bool:
    """Whether the ranges are sorted, disjoint, not empty, and in the address space; most are."""
    ends = map(add, table.starts, table.sizes)
    sorted_ = all(map(le, ends, table.starts[1:]))
    last = table.starts[-1] + table.sizes[-1] if len(table) else 0
    return sorted_ and last <= ADDRESS_END and 0 not in table.sizes


def _tidied(table: RangeTable, file_size: int) -> Iterator[tuple[int, int, int]]:
    """Sort by address; cut each range where the ones before it, the file or all addresses end.

    Folklore: Windows writes its 256-byte instruction windows unsorted between the stacks, and two
    of them overlap when two threads are close by.
    """
    covered = 0
    for start, size, at in sorted(zip(table.starts, table.sizes, table.offsets, strict=True)):
        there = min(size, file_size - at, ADDRESS_END - start)
        cut = max(0, covered - start)
        if cut < there:
            yield start + cut, there - cut, at + cut
            covered = start + there


class DumpMemory:
    """The memory a dump holds. Reads the lists when first asked; then O(log n) per access.

    Where lists overlap, Memory64ListStream goes before MemoryListStream and that before stacks
    only a thread's descriptor names. A range that the file ends before is there as far as it goes.
    """

    def __init__(self, file: DumpFile) -> None:
        self._file = file
        self._source: Source = file.source
        self._layers: list[MemoryIndex] | None = None

    def _load(self) -> list[MemoryIndex]:
        if self._layers is None:
            layers = []
            for read in (read_memory64_list, read_memory_list, read_stack_list):
                try:
                    table = read(self._file)
                except DumpError as error:
                    self._file.note("Memory", error)
                    continue
                if len(table):
                    layers.append(MemoryIndex(table, self._source.size))
            self._layers = layers
        return self._layers

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill ``buffer``; 0 means the address is absent, fewer than asked that it is short."""
        done = 0
        while done < len(buffer):
            found = self._find(address + done)
            if found is None:
                break
            offset, left = found
            copied = self._source.copy_into(offset, buffer[done : done + left])
            if copied == 0:  # the file has been cut off since
                break
            done += copied
        return done

    def _find(self, address: int) -> tuple[int, int] | None:
        for layer in self._load():
            found = layer.find(address)
            if found:
                return found
        return None

    def missing(self, address: int) -> Absent | None:
        """Return why the byte at ``address`` cannot be read, None when it can."""
        if self._find(address):
            return None
        if any(layer.cut_off for layer in self._load()):
            return Absent("the file ends before it, or the dump does not hold it")
        return Absent("the dump does not hold it")

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """Yield, in order and without overlap, the parts of ``[start, end)`` in the dump."""
        pieces = [piece for layer in self._load() for piece in layer.between(start, end)]
        if len(self._load()) > 1:
            pieces.sort()
        return _joined(pieces)

    def ranges(self) -> Iterable[Range]:
        """Yield all ranges in the dump, in order and without overlap."""
        return self.populated(0, ADDRESS_END)


def _joined(pieces: list[Range]) -> Iterator[Range]:
    """Join what touches or overlaps; ``pieces`` are sorted."""
    current: Range | None = None
    for piece in pieces:
        if current and piece.start <= current.end:
            current = Range(current.start, max(current.end, piece.end))
            continue
        if current:
            yield current
        current = piece
    if current:
        yield current
