"""Functions by address, whatever file they were read from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a module; ``start`` is its offset from the module's base."""

    name: str
    start: int


class SymbolTable:
    """Functions by offset from their module's base.

    ``starts`` and ``sizes`` are given in any order; ``name`` tells the name of one by its place
    there. A function of size 0 reaches to the next one.
    """

    def __init__(
        self, starts: Sequence[int], sizes: Sequence[int], name: Callable[[int], str]
    ) -> None:
        self._order = sorted(range(len(starts)), key=starts.__getitem__)
        self._starts = [starts[place] for place in self._order]
        self._sizes = sizes
        self._name = name

    def __len__(self) -> int:
        return len(self._starts)

    def find(self, offset: int) -> Function | None:
        """Return the function that covers an offset; of several names the plainest."""
        last = bisect_right(self._starts, offset)
        if last == 0:
            return None
        start = self._starts[last - 1]
        first = last - 1
        while first and self._starts[first - 1] == start:
            first -= 1
        following = self._starts[last] if last < len(self._starts) else start + 1
        names = [
            self._name(place)
            for place in self._order[first:last]
            if offset < max(start + self._sizes[place], 0 if self._sizes[place] else following)
        ]
        names = [name for name in names if name]
        return Function(min(names, key=_plainness), start) if names else None


def _plainness(name: str) -> tuple[int, int, str]:
    """``read`` before ``__read`` before ``__GI___libc_read``: they are all the same function."""
    return len(name) - len(name.lstrip("_")), len(name), name
