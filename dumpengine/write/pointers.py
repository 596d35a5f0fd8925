"""Finds pointers in stacks and registers: to modules (ScanMemory), to data (indirect memory)."""

from __future__ import annotations

import array
import bisect
from collections.abc import Iterator, Sequence

from dumpengine.snapshot import (
    Architecture,
    MemoryType,
    Range,
    Registers,
    Snapshot,
    Thread,
    read_memory,
)

# Crashpad and sentry take 512 and 1,024 bytes a pointer; Windows' own number is not documented.
BLOCK = 1024
_BEFORE = 128
_MOST_BLOCKS = 16384
_AT_ONCE = 1 << 18  # bytes of a stack in memory; a deep one has 64 MiB


def stack_words(snapshot: Snapshot, thread: Thread) -> Iterator[int]:
    """Yield the words in a thread's registers and on its stack, repetitions mostly left out."""
    if isinstance(thread.registers, Registers):
        yield from thread.registers.values.values()
    if isinstance(thread.stack, Range):
        narrow = snapshot.system.architecture is Architecture.X86
        for start in range(thread.stack.start, thread.stack.end, _AT_ONCE):
            data = read_memory(snapshot.memory, start, min(_AT_ONCE, thread.stack.end - start))
            values = array.array("I" if narrow else "Q")
            values.frombytes(data[: len(data) // values.itemsize * values.itemsize])
            yield from set(values)


def referenced_modules(snapshot: Snapshot) -> frozenset[int]:
    """Return the bases of the modules that a stack or register points into."""
    modules = sorted(snapshot.modules, key=lambda module: module.base)
    bases = [module.base for module in modules]
    found = set()
    for thread in snapshot.threads:
        for word in stack_words(snapshot, thread):
            index = bisect.bisect_right(bases, word) - 1
            if index >= 0 and word < modules[index].end:
                found.add(bases[index])
    return frozenset(found)


def indirect_blocks(snapshot: Snapshot, threads: Sequence[Thread]) -> Iterator[Range]:
    """Yield a block around each pointer into private data the process may write."""
    regions = [
        region
        for region in snapshot.regions
        if region.readable
        and region.writable
        and not region.executable
        and region.type is not MemoryType.MAPPED
    ]
    starts = [region.start for region in regions]
    seen: set[int] = set()
    for thread in threads:
        for word in stack_words(snapshot, thread):
            index = bisect.bisect_right(starts, word) - 1
            block = (word - _BEFORE) // 64
            if index < 0 or word >= regions[index].end or block in seen:
                continue
            seen.add(block)
            start = max(block * 64, regions[index].start)
            yield Range(start, min(start + BLOCK, regions[index].end))
            if len(seen) >= _MOST_BLOCKS:
                return
