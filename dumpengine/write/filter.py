"""Memory as the dump is to show it: changed by callbacks, blanked by filters."""

from __future__ import annotations

import array
import sys
from collections.abc import Iterable, Sequence

from dumpengine.callbacks import DumpCallback, VmRead
from dumpengine.snapshot import Memory, Range, Snapshot
from dumpengine.write.ranges import RangeSet

# Breakpad's rule and marks (LinuxDumper::SanitizeStackCopy): small integers and pointers into
# stacks or into code are what an unwinder needs.
_MARKS = {8: 0x0DEFACED0DEFACED, 4: 0x0DEFACED}
_SMALL = 4096


class CallbackMemory:
    """Lets VmPreRead supply and VmPostRead change what is read."""

    def __init__(self, memory: Memory, callback: DumpCallback) -> None:
        self._memory = memory
        self._callback = callback

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        return self._memory.populated(start, end)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        count = self._callback.vm_pre_read(VmRead(address, buffer))
        if count is None:
            count = self._memory.read_into(address, buffer)
        if count:
            self._callback.vm_post_read(VmRead(address, buffer[:count]))
        return count


class FilteredMemory:
    """Blanks every word on a stack that a stack trace does not need."""

    def __init__(
        self, memory: Memory, snapshot: Snapshot, stacks: Sequence[Range], word: int
    ) -> None:
        self._memory = memory
        self._stacks = RangeSet(stacks)
        self._code = RangeSet(
            Range(region.start, region.end) for region in snapshot.regions if region.executable
        )
        if not len(self._code):  # a small dump without a map of the address space
            self._code = RangeSet(Range(m.base, m.end) for m in snapshot.modules)
        self._word = word

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        return self._memory.populated(start, end)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        count = self._memory.read_into(address, buffer)
        for stack in self._stacks.touching(Range(address, address + count)):
            start = max(stack.start, address) - address
            end = min(stack.end - address, count)
            self._blank(address + start, buffer[start:end])
        return count

    def _blank(self, address: int, part: memoryview) -> None:
        skip = min(-address % self._word, part.nbytes)
        whole = (part.nbytes - skip) // self._word * self._word
        part[:skip] = bytes(skip)
        words = array.array("Q" if self._word == 8 else "I")
        words.frombytes(part[skip : skip + whole])
        if sys.byteorder == "big":
            words.byteswap()
        mark, highest = _MARKS[self._word], 1 << (8 * self._word)
        for index, word in enumerate(words):
            if _SMALL < word < highest - _SMALL and not self._needed(word):
                words[index] = mark
        part[skip : skip + whole] = words.tobytes()
        part[skip + whole :] = bytes(part.nbytes - skip - whole)

    def _needed(self, word: int) -> bool:
        """Another stack's address as well: a signal's frame leads to the interrupted one."""
        return any(ranges.containing(word) is not None for ranges in (self._stacks, self._code))
