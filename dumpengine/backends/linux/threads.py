"""Facts about threads: names, times, stacks, thread-local storage.

Stack extents matter most: a stack that is cut short cannot be unwound, one that is too long fills
a small dump with somebody's heap.
"""

from __future__ import annotations

import bisect
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from dumpengine.backends.linux import elf, procfs
from dumpengine.backends.linux.elf import ElfImage
from dumpengine.snapshot import Absent, Architecture, Range, Region, Registers, ThreadTimes

RED_ZONE = 128  # bytes below rsp that a leaf function may use (System V AMD64 ABI, 3.2.2)
_GUARD_SEARCH = 1 << 20  # a stack pointer in a guard page: how far above the stack may begin
_LONGEST_STACK = 64 << 20
_LONGEST_UNBOUNDED = 1 << 20  # a coroutine's or runtime's stack inside a larger mapping
_PAGE = 4096


@dataclass(slots=True)
class StackFinder:
    """Finds a thread's stack in the address space."""

    regions: Sequence[Region]
    main_top: int  # end of the main thread's frames: below the strings of arguments and environment

    def find(self, registers: Registers) -> Range | Absent:
        """Return from just below the stack pointer to the top of the stack."""
        pointer = registers.sp
        index = self._index(pointer)
        if index is None:
            return Absent(f"the stack pointer 0x{pointer:x} is in no mapping")
        region = self.regions[index]
        start = max(pointer - RED_ZONE, region.start)
        if not region.readable:
            above = self._above_guard(index)
            if above is None:
                return Absent(f"the stack pointer 0x{pointer:x} is in memory without access")
            region, start = above, above.start
        return Range(start & ~7, self._top(region, pointer, registers["fs_base"]))

    def _index(self, address: int) -> int | None:
        index = bisect.bisect_right(self.regions, address, key=lambda region: region.start) - 1
        if index < 0 or address >= self.regions[index].end:
            return None
        return index

    def _above_guard(self, index: int) -> Region | None:
        """After a stack overflow the pointer is in the guard; the frames begin above it."""
        limit = self.regions[index].end + _GUARD_SEARCH
        for region in self.regions[index + 1 : index + 4]:
            if region.start > limit:
                return None
            if region.readable and region.writable:
                return region
        return None

    def _top(self, region: Region, pointer: int, thread_pointer: int) -> int:
        if region.start <= pointer < self.main_top <= region.end:
            return self.main_top
        if pointer < thread_pointer <= region.end and thread_pointer > region.start:
            # glibc and musl keep the thread's own block at the top of its stack.
            return min(thread_pointer, pointer + _LONGEST_STACK)
        longest = _LONGEST_STACK if region.name == "[stack]" else _LONGEST_UNBOUNDED
        return min(region.end, max(pointer, region.start) + longest)


def thread_times(stat: procfs.Stat, boot: float) -> ThreadTimes:
    """Return when the thread started and how much processor time it used, in seconds."""
    return ThreadTimes(
        created=boot + stat.start_ticks / procfs.CLOCK_TICKS,
        user=stat.user_ticks / procfs.CLOCK_TICKS,
        kernel=stat.kernel_ticks / procfs.CLOCK_TICKS,
    )


def affinity(tid: int) -> int:
    """Return the processors the thread may run on as a mask of the first 64."""
    try:
        return sum(1 << cpu for cpu in os.sched_getaffinity(tid) if cpu < 64)
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class PthreadLayout:
    """Where glibc keeps things in ``struct pthread``, as it tells libthread_db.

    The symbols ``_thread_db_*`` describe a field by {size in bits, count, offset}.
    """

    size: int = 0
    start_routine: int = -1

    @classmethod
    def find(cls, libraries: Sequence[ElfImage]) -> PthreadLayout:
        """Ask each C library candidate; a C library without the symbols leaves it unknown."""
        for image in libraries:
            sizeof = image.symbol(b"_thread_db_sizeof_pthread")
            if not sizeof:
                continue
            size = int.from_bytes(image.read(sizeof, 4), "little")
            field = image.symbol(b"_thread_db_pthread_start_routine")
            data = image.read(field, 12) if field else b""
            offset = struct.unpack("<III", data)[2] if len(data) == 12 else -1
            return cls(size, offset)
        return cls()


def start_address(registers: Registers, layout: PthreadLayout, images: Sequence[ElfImage]) -> int:
    """Return the function the thread was started with, 0 when it is not known."""
    if layout.start_routine < 0 or not images or not registers["fs_base"]:
        return 0
    field = registers["fs_base"] + layout.start_routine
    return int.from_bytes(images[0].read(field, 8), "little")


def local_data(
    registers: Registers, layout: PthreadLayout, images: Sequence[ElfImage]
) -> tuple[Range, ...]:
    """Return the thread's block and the static thread-local storage below it (AMD64)."""
    base = registers["fs_base"]
    if not base or registers.architecture is not Architecture.AMD64:
        return ()
    static = sum(
        -(-header.size // 64) * 64 for image in images for header in image.segments(elf.PT_TLS)
    )
    return (Range((base - static) & ~15, base + (layout.size or _PAGE)),)
