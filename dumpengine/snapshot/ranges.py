"""Sets of address ranges."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator
from itertools import pairwise

from dumpengine.snapshot.memory import Range


class RangeSet:
    """Disjoint ranges in ascending order; ranges that touch are one."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._ranges = _merged(ranges)

    def __iter__(self) -> Iterator[Range]:
        return iter(self._ranges)

    def __len__(self) -> int:
        return len(self._ranges)

    @property
    def size(self) -> int:
        """Bytes in all ranges together."""
        return sum(piece.size for piece in self._ranges)

    def union(self, other: Iterable[Range]) -> RangeSet:
        """Return the addresses in either."""
        return RangeSet([*self._ranges, *other])

    def difference(self, other: Iterable[Range]) -> RangeSet:
        """Return the addresses not in ``other``."""
        holes = _merged(other)
        return RangeSet(piece for mine in self._ranges for piece in _cut(mine, holes))

    def intersection(self, other: Iterable[Range]) -> RangeSet:
        """Return the addresses in both."""
        common = []
        for piece in _merged(other):
            for mine in self.touching(piece):
                common.append(Range(max(mine.start, piece.start), min(mine.end, piece.end)))
        return RangeSet(common)

    def touching(self, piece: Range) -> Iterator[Range]:
        """Yield the ranges that share an address with ``piece``."""
        index = bisect.bisect_right(self._ranges, piece.start, key=lambda mine: mine.end)
        while index < len(self._ranges) and self._ranges[index].start < piece.end:
            yield self._ranges[index]
            index += 1

    def containing(self, address: int) -> Range | None:
        """Return the range that holds ``address``."""
        return next(self.touching(Range(address, address + 1)), None)


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for piece in sorted(piece for piece in ranges if piece.start < piece.end):
        if merged and piece.start <= merged[-1].end:
            if piece.end > merged[-1].end:
                merged[-1] = Range(merged[-1].start, piece.end)
        else:
            merged.append(Range(*piece))
    return merged


def _cut(piece: Range, holes: list[Range]) -> Iterator[Range]:
    index = bisect.bisect_right(holes, piece.start, key=lambda hole: hole.end)
    start = piece.start
    while index < len(holes) and holes[index].start < piece.end:
        if holes[index].start > start:
            yield Range(start, holes[index].start)
        start = max(start, holes[index].end)
        index += 1
    if start < piece.end:
        yield Range(start, piece.end)


def coalesced(ranges: RangeSet, most: int, fillable: RangeSet, budget: int) -> RangeSet:
    """Fill the smallest holes until ``most`` ranges are left, or ``budget`` bytes are spent.

    Used where memory is so patchy that readers refuse, or outgrow, the list of its pieces. Only
    holes that lie within one piece of ``fillable`` can be filled: elsewhere is nothing to read.
    """
    excess = len(ranges) - most
    if excess <= 0:
        return ranges
    holes = sorted(
        (Range(left.end, right.start) for left, right in pairwise(ranges)),
        key=lambda hole: hole.size,
    )
    filled: list[Range] = []
    for hole in holes:
        budget -= hole.size
        if len(filled) == excess or budget < 0:
            break
        around = fillable.containing(hole.start)
        if around is not None and hole.end <= around.end:
            filled.append(hole)
    return ranges.union(filled)
