"""Address space: ranges, regions, and the bytes in them."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import NamedTuple, Protocol

PAGE_SIZE = 4096


class Range(NamedTuple):
    """Addresses from ``start`` up to but not including ``end``."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.end - self.start


class MemoryState(IntEnum):
    """MEM_* state of MEMORY_BASIC_INFORMATION."""

    COMMIT = 0x1000
    RESERVE = 0x2000
    FREE = 0x10000


class MemoryType(IntEnum):
    """MEM_* type of MEMORY_BASIC_INFORMATION; NONE for free addresses."""

    NONE = 0
    PRIVATE = 0x20000
    MAPPED = 0x40000
    IMAGE = 0x1000000


class PageProtection(IntFlag):
    """PAGE_*: https://learn.microsoft.com/windows/win32/memory/memory-protection-constants."""

    NOACCESS = 0x01
    READONLY = 0x02
    READWRITE = 0x04
    WRITECOPY = 0x08
    EXECUTE = 0x10
    EXECUTE_READ = 0x20
    EXECUTE_READWRITE = 0x40
    EXECUTE_WRITECOPY = 0x80
    GUARD = 0x100
    NOCACHE = 0x200
    WRITECOMBINE = 0x400


READABLE = 0x02 | 0x04 | 0x08 | 0x20 | 0x40 | 0x80


WRITABLE = 0x04 | 0x08 | 0x40 | 0x80


EXECUTABLE = 0x10 | 0x20 | 0x40 | 0x80


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Addresses with the same protection, as VirtualQuery reports them.

    ``name`` is the mapped file or the kernel's label (``[heap]``, ``[stack]``), ``offset`` the
    place in that file. ``unreadable`` says why its memory must not or cannot be read (a device, a
    kernel page), empty when it can.
    """

    start: int
    end: int
    protect: int
    type: MemoryType = MemoryType.PRIVATE
    state: MemoryState = MemoryState.COMMIT
    allocation_base: int = 0
    allocation_protect: int = 0
    name: str = ""
    offset: int = 0
    unreadable: str = ""

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.end - self.start

    @property
    def readable(self) -> bool:
        """Whether the process itself may read here and reading is harmless."""
        return self.reachable and bool(self.protect & READABLE)

    @property
    def reachable(self) -> bool:
        """Whether reading here is harmless, whatever the process itself may do.

        Memory without access rights may hold something all the same: what was written before the
        rights were taken away.
        """
        return (
            self.state is MemoryState.COMMIT
            and not self.protect & PageProtection.GUARD
            and not self.unreadable
        )

    @property
    def writable(self) -> bool:
        """Whether the process may write here."""
        return bool(self.protect & WRITABLE)

    @property
    def executable(self) -> bool:
        """Whether the process may run code here."""
        return bool(self.protect & EXECUTABLE)


def region_at(regions: Sequence[Region], address: int) -> Region | None:
    """Return the region that holds ``address``; regions are in ascending order."""
    index = bisect.bisect_right(regions, address, key=lambda region: region.start) - 1
    if index < 0 or address >= regions[index].end:
        return None
    return regions[index]


class Memory(Protocol):
    """Bytes of the process by address. Methods may be called from several threads at once."""

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill ``buffer`` from ``address`` on; return how many bytes were readable in one piece.

        Fewer than asked means the byte after them cannot be read (or is not in the dump).
        """
        ...

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """Yield, in order, the parts of ``[start, end)`` that hold content of their own.

        Pages a process reserved and never touched are left out: they read as zeros.
        """
        ...


def read_memory(memory: Memory, address: int, size: int) -> bytes:
    """Return the bytes readable from ``address`` on, at most ``size``."""
    buffer = bytearray(size)
    return bytes(buffer[: memory.read_into(address, memoryview(buffer))])
