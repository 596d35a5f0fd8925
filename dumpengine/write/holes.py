"""What to do about pages that could not be read after the file was laid out.

Memory64List allows no gaps: its bytes lie back to back. So the last bytes of the area are moved
into the holes, which the order of the list records; nothing unreadable is passed off as zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dumpengine.snapshot import Range
from dumpengine.snapshot.ranges import RangeSet


@dataclass(frozen=True, slots=True)
class Move:
    """Memory whose bytes are to be written again at ``offset`` (from the start of the area)."""

    piece: Range
    offset: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Memory whose bytes lie at ``offset`` (from the start of the area)."""

    piece: Range
    offset: int


def surviving(ranges: Sequence[Range], failed: Sequence[Range]) -> list[Placed]:
    """Return the parts of ``ranges``, laid back to back, that did not fail, where they lie."""
    holes = RangeSet(failed)
    placed: list[Placed] = []
    offset = 0
    for whole in ranges:
        for part in RangeSet([whole]).difference(holes.touching(whole)):
            placed.append(Placed(part, offset + part.start - whole.start))
        offset += whole.size
    return placed


def close_holes(ranges: Sequence[Range], failed: Sequence[Range]) -> tuple[list[Range], list[Move]]:
    """Return the list without gaps, in the order of the file, and the moves that close them."""
    placed = surviving(ranges, failed)
    length = sum(item.piece.size for item in placed)
    kept = [part for item in placed if (part := _up_to(item, length))]
    tail = [part for item in placed if (part := _from(item, length))]
    order: list[Placed] = list(kept)
    moves: list[Move] = []
    tail.reverse()
    for start, end in _gaps(kept, length):
        at = start
        while at < end:
            last = tail.pop()
            size = min(last.piece.size, end - at)
            moved = Range(last.piece.start, last.piece.start + size)
            if moved.end < last.piece.end:
                tail.append(Placed(Range(moved.end, last.piece.end), last.offset + size))
            moves.append(Move(moved, at))
            order.append(Placed(moved, at))
            at += size
    order.sort(key=lambda item: item.offset)
    return [item.piece for item in order], moves


def _up_to(item: Placed, length: int) -> Placed | None:
    size = min(item.piece.size, length - item.offset)
    if size <= 0:
        return None
    return Placed(Range(item.piece.start, item.piece.start + size), item.offset)


def _from(item: Placed, length: int) -> Placed | None:
    skip = max(length - item.offset, 0)
    if skip >= item.piece.size:
        return None
    return Placed(Range(item.piece.start + skip, item.piece.end), item.offset + skip)


def _gaps(placed: Sequence[Placed], length: int) -> list[tuple[int, int]]:
    gaps = []
    at = 0
    for item in placed:
        if item.offset > at:
            gaps.append((at, item.offset))
        at = item.offset + item.piece.size
    if at < length:
        gaps.append((at, length))
    return gaps
