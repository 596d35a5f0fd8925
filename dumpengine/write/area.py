"""The memory in the file: copied at once into RAM while small, else straight to its place.

A small dump of a process that stands still must not wait for a disk; a large one must not fill
the memory of the one who writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dumpengine.callbacks import DumpCallback, Phase, Progress
from dumpengine.job import Sink
from dumpengine.ranges import RangeSet
from dumpengine.snapshot import Memory, Range, SoftError
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


def copy_memory(
    memory: Memory,
    sink: Sink,
    layout: DumpLayout,
    callback: DumpCallback,
    *,
    on_copied: Callable[[], None],
    inline: bool,
) -> MemoryArea:
    """Copy the selected memory and lay out the file around it.

    The layout's small part is at the sink, without signature, before bulk memory follows.
    """
    ranges = list(layout.selection.ranges)
    total = sum(piece.size for piece in ranges)

    def advanced(done: int) -> None:
        callback.progress(Progress(Phase.MEMORY, done, total))

    workers = 0 if inline else WORKERS
    layout.read_stacks(memory)
    if total <= IN_RAM:
        ram = _RamSink(total)
        copier = Copier(memory, ram, callback, advanced)
        copier.copy(ranges, 0, workers=workers)
        on_copied()
        return _write_from_ram(ram, ranges, copier.failed, sink, layout)
    base = layout.build(ranges)
    sink.write_at(4, memoryview(layout.data)[4:])
    copier = Copier(memory, sink, callback, advanced)
    copier.copy(ranges, base, workers=workers)
    area = _close(base, ranges, copier, layout)
    on_copied()
    return area


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


def _close(base: int, ranges: Sequence[Range], copier: Copier, layout: DumpLayout) -> MemoryArea:
    """Take what could not be read out of the file, which is laid out and written already."""
    failed = list(RangeSet(copier.failed))
    moves: list[Move] = []
    if layout.contiguous:
        order, moves = close_holes(ranges, failed)
        placed = _back_to_back(order)
    else:
        placed = tuple(surviving(ranges, failed))
    if len(placed) > layout.room_for_ranges:
        return MemoryArea(base, _back_to_back(ranges), _zero_filled(failed))
    for move in moves:
        copier.copy([move.piece], base + move.offset, workers=0)
    return MemoryArea(base, placed, _missing(failed))


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
