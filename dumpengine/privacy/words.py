"""Which words of memory and registers a filtered dump may show: small numbers and addresses.

On stacks it is Breakpad's rule (LinuxDumper::SanitizeStackCopy): small integers and pointers into
a stack or into code are what an unwinder needs, everything else becomes a mark.
"""

from __future__ import annotations

import array
import sys
from collections.abc import Iterable

from dumpengine.snapshot import Architecture, Memory, Range, Snapshot
from dumpengine.snapshot.ranges import RangeSet

MARKS = {8: 0x0DEFACED0DEFACED, 4: 0x0DEFACED}
_SMALL = 4096


def word_size(snapshot: Snapshot) -> int:
    """Return the bytes of an address in this process."""
    return 4 if snapshot.system.architecture is Architecture.X86 else 8


class ShownWords(dict[int, bool]):
    """Whether a word may be shown, by its value; each is found out once.

    Shown are small numbers, negative ones included, and addresses in ``kept``.
    """

    def __init__(self, kept: RangeSet, word: int) -> None:
        super().__init__()
        self.mark = MARKS[word]
        self._kept = kept
        self._highest = (1 << 8 * word) - _SMALL

    def __missing__(self, value: int) -> bool:
        small = value <= _SMALL or value >= self._highest
        shown = small or self._kept.containing(value) is not None
        self[value] = shown
        return shown


class FilteredMemory:
    """Blanks every word in ``areas`` that is neither small nor an address in ``kept``."""

    def __init__(self, memory: Memory, areas: RangeSet, kept: RangeSet, word: int) -> None:
        self._memory = memory
        self._areas = areas
        self._kept = kept
        self._word = word

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        return self._memory.populated(start, end)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        count = self._memory.read_into(address, buffer)
        shown = ShownWords(self._kept, self._word)
        for area in self._areas.touching(Range(address, address + count)):
            start = max(area.start, address) - address
            end = min(area.end - address, count)
            self._blank(shown, address + start, buffer[start:end])
        return count

    def _blank(self, shown: ShownWords, address: int, part: memoryview) -> None:
        skip = min(-address % self._word, part.nbytes)
        whole = (part.nbytes - skip) // self._word * self._word
        part[:skip] = bytes(skip)
        words = array.array("Q" if self._word == 8 else "I")
        words.frombytes(part[skip : skip + whole])
        if sys.byteorder == "big":
            words.byteswap()
        for index, value in enumerate(words):
            if not shown[value]:
                words[index] = shown.mark
        part[skip : skip + whole] = words.tobytes()
        part[skip + whole :] = bytes(part.nbytes - skip - whole)
