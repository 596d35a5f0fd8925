"""Corrects the thread list that MiniDumpWriteDump wrote.

It leaves ``MINIDUMP_THREAD.Stack.Memory.Rva`` 0 with full memory, as the stacks are in
Memory64List anyway. Breakpad's reader does not know that list and finds one frame a thread (seen
with minidump_stackwalk); told where the same bytes are in the file, it walks the stacks. Stacks
whose bytes lie beyond 4 GiB cannot be pointed to and stay as they are.

Its suspend counts are those it found, our own suspension included: they become what they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dumpengine.backends.windows.output import Output
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR64
from dumpengine.format.memory import MINIDUMP_MEMORY64_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.format.threads import MINIDUMP_THREAD

_LIMIT = 1 << 32
_COUNT = 4  # bytes of a list's count


def correct_threads(output: Output, suspend_counts: Mapping[int, int]) -> None:
    """Correct every thread's entry, after the last write and before :meth:`Output.finish`."""
    at = output.stream_at(StreamType.ThreadListStream)
    if at is None:
        return
    ranges = list(_ranges(output))
    for index in range(output.count(at)):
        entry_at = at + _COUNT + index * MINIDUMP_THREAD.SIZE
        thread = MINIDUMP_THREAD.unpack(output.piece(entry_at, MINIDUMP_THREAD.SIZE))
        count = suspend_counts.get(thread.ThreadId, thread.SuspendCount)
        corrected = _pointed(replace(thread, SuspendCount=count), ranges)
        if corrected != thread:
            output.overwrite(entry_at, corrected.pack())


def _ranges(output: Output) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, file offset) of every range of full memory."""
    head_at = output.stream_at(StreamType.Memory64ListStream)
    if head_at is None:
        return
    size = MINIDUMP_MEMORY_DESCRIPTOR64.SIZE
    head = MINIDUMP_MEMORY64_LIST.unpack(output.piece(head_at, MINIDUMP_MEMORY64_LIST.SIZE))
    rva = head.BaseRva
    for index in range(head.NumberOfMemoryRanges):
        at = head_at + MINIDUMP_MEMORY64_LIST.SIZE + index * size
        entry = MINIDUMP_MEMORY_DESCRIPTOR64.unpack(output.piece(at, size))
        yield entry.StartOfMemoryRange, entry.StartOfMemoryRange + entry.DataSize, rva
        rva += entry.DataSize


def _pointed(thread: MINIDUMP_THREAD, ranges: list[tuple[int, int, int]]) -> MINIDUMP_THREAD:
    stack = thread.Stack
    start, size = stack.StartOfMemoryRange, stack.Memory.DataSize
    if stack.Memory.Rva or not size:
        return thread
    for low, high, rva in ranges:
        if low <= start and start + size <= high:
            at = rva + start - low
            if at + size > _LIMIT:
                return thread
            location = MINIDUMP_LOCATION_DESCRIPTOR(size, at)
            return replace(thread, Stack=replace(stack, Memory=location))
    return thread
