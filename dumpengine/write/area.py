"""The memory in the file: copied at once into RAM while small, else straight to its place.

A small dump of a process that stands still must not wait for a disk; a large one must not fill
the memory of the one who writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from dumpengine.callbacks import DumpCallback, Phase, Progress
from dumpengine.job import Sink
from dumpengine.snapshot import Memory, Range, SoftError
from dumpengine.snapshot.ranges import RangeSet
from dumpengine.write.copier import WORKERS, Copier
from dumpengine.write.holes import Move, Placed, close_holes, surviving
from dumpengine.write.layout import DumpLayout

IN_RAM = 48 << 20


@dataclass(frozen=True, slots=True)
class MemoryArea:
    """Where the memory ended up: ``placed`` by offset from ``base``.

    ``problems`` tells of memory that is missing, or that had to stay in as zeros.
    """

    base: int
    placed: tuple[Placed, ...]
    problems: tuple[SoftError, ...]

    @property
    def size(self) -> int:
        """Bytes of memory in the file."""
        return sum(item.piece.size for item in self.placed)

    @property
    def end(self) -> int:
        """First byte of the file behind the memory."""
        return max(
            (self.base + item.offset + item.piece.size for item in self.placed), default=self.base
        )


class _RamSink:
    """A sink in memory."""

    def __init__(self, size: int) -> None:
        self.data = bytearray(size)

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        self.data[offset : offset + len(data)] = data


def copy_memory(  # noqa: PLR0913 - from where to where, by keyword
    memory: Memory,
    sink: Sink,
    layout: DumpLayout,
    callback: DumpCallback,
    *,
    held: Sequence[Range] | None,
    on_copied: Callable[[], None],
    inline: bool,
) -> MemoryArea:
    """Copy the selected memory and lay out the file around it.

    What lies in ``held`` is copied first, then ``on_copied`` is called, then the rest is copied;
    None holds all. The layout's small part is at the sink, without signature, before bulk memory
    follows.
    """
    selected = layout.selection.ranges
    first = list(selected if held is None else selected.intersection(held))
    rest = [] if held is None else list(selected.difference(held))

    def advanced(done: int) -> None:
        callback.progress(Progress(Phase.MEMORY, done, selected.size))

    workers = 0 if inline else WORKERS
    layout.read_stacks(memory)
    if selected.size <= IN_RAM:
        ram = _RamSink(selected.size)
        copier = Copier(memory, ram, callback, advanced)
        copier.copy(first, 0, workers=workers)
        on_copied()
        copier.copy(rest, _size(first), workers=workers)
        return _write_from_ram(ram, [*first, *rest], copier.failed, sink, layout)
    base = layout.build([*first, *rest])
    sink.write_at(4, memoryview(layout.data)[4:])
    area = _Area(base, Copier(memory, sink, callback, advanced), layout, len(first) + len(rest))
    area.add(first, workers)
    on_copied()
    area.add(rest, workers)
    return MemoryArea(base, tuple(area.placed), tuple(area.problems))


def _write_from_ram(
    ram: _RamSink, ranges: Sequence[Range], failed: Sequence[Range], sink: Sink, layout: DumpLayout
) -> MemoryArea:
    kept = surviving(ranges, failed)
    base = layout.build([item.piece for item in kept])
    data = ram.data
    if failed:
        data = bytearray()
        for item in kept:
            data += ram.data[item.offset : item.offset + item.piece.size]
    if data:
        sink.write_at(base, data)
    return MemoryArea(base, _back_to_back([item.piece for item in kept]), _missing(failed))


@dataclass(slots=True)
class _Area:
    """Bulk memory at ``base`` of the file, part after part; ``expected`` ranges are to come."""

    base: int
    copier: Copier
    layout: DumpLayout
    expected: int
    placed: list[Placed] = field(default_factory=list)
    problems: list[SoftError] = field(default_factory=list)
    _end: int = 0

    def add(self, ranges: Sequence[Range], workers: int) -> None:
        """Copy ranges behind what is there, and take out of the file what could not be read."""
        self.copier.copy(ranges, self.base + self._end, workers=workers)
        failed = list(RangeSet(self.copier.failed).intersection(ranges))
        order, moves = self._closed(ranges, failed)
        self.expected -= len(ranges)
        if len(self.placed) + len(order) + self.expected > self.layout.room_for_ranges:
            order, moves = _back_to_back(ranges), []
            self.problems += _zero_filled(failed)
        else:
            self.problems += _missing(failed)
        for move in moves:
            self.copier.copy([move.piece], self.base + self._end + move.offset, workers=0)
        self.placed += [Placed(item.piece, self._end + item.offset) for item in order]
        self._end += _size(ranges if not self.layout.contiguous else [i.piece for i in order])

    def _closed(
        self, ranges: Sequence[Range], failed: Sequence[Range]
    ) -> tuple[Sequence[Placed], Sequence[Move]]:
        """The list allows no gaps where memory lies back to back; see holes.py."""
        if not self.layout.contiguous:
            return surviving(ranges, failed), []
        order, moves = close_holes(ranges, failed)
        return _back_to_back(order), moves


def _size(ranges: Sequence[Range]) -> int:
    return sum(piece.size for piece in ranges)


def _missing(failed: Sequence[Range]) -> tuple[SoftError, ...]:
    return tuple(
        SoftError(
            f"memory 0x{piece.start:x}-0x{piece.end:x}",
            "could not be read",
            piece.start,
            piece.size,
        )
        for piece in RangeSet(failed)
    )


def _zero_filled(failed: Sequence[Range]) -> tuple[SoftError, ...]:
    return tuple(
        replace(problem, what="could not be read and stands as zeros in the dump")
        for problem in _missing(failed)
    )


def _back_to_back(ranges: Sequence[Range]) -> tuple[Placed, ...]:
    placed = []
    at = 0
    for piece in ranges:
        placed.append(Placed(piece, at))
        at += piece.size
    return tuple(placed)
