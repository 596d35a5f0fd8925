"""Which pages of a process hold something, page by page: before Linux 6.7 nothing else tells.

An entry of /proc/PID/pagemap is 8 bytes, and its last byte holds the flags asked about here:
https://docs.kernel.org/admin-guide/mm/pagemap.html. The kernel's page of zeros, which stands where
memory was read and never written, looks there like a page that several processes share (its huge
one like a file's, and every page of a copy is shared); move_pages(2) tells which it is, without
any privilege.
"""

from __future__ import annotations

import errno
import os
import re
from array import array
from collections.abc import Iterator

from dumpengine.backends.linux import libc, procfs
from dumpengine.format.proc_maps import parse_maps
from dumpengine.snapshot import PAGE_SIZE, Range

_ENTRY = 8
_ENTRIES = 1 << 13  # read at once: 32 MiB of addresses
_SOFT_DIRTY = 1 << 55  # kernels that track it set it for new mappings, even where nothing is
_NOTHING = tuple(entry.to_bytes(_ENTRY, "little") * _ENTRIES for entry in (0, _SOFT_DIRTY))

_VAST = 64 << 30
_SMAPS_ENTRY = re.compile(rb"(?m)^([0-9a-f]+-.*)\n((?:[A-Z].*\n)*)")
_HELD = re.compile(rb"(?m)^(?:Rss|Swap|Shared_Hugetlb|Private_Hugetlb):\s*[1-9]")

_EXCLUSIVE, _GUARD, _SWAPPED, _PRESENT = 0x01, 0x04, 0x40, 0x80
_EMPTY, _POPULATED, _UNSURE = range(3)
_RUN = re.compile(b"%c+" % _POPULATED)
_UNSURE_RUN = re.compile(b"%c+" % _UNSURE)


def _kind(flags: int) -> int:
    if flags & _GUARD or not flags & (_PRESENT | _SWAPPED):
        return _EMPTY
    return _UNSURE if flags & (_PRESENT | _EXCLUSIVE) == _PRESENT else _POPULATED


_KINDS = bytes(map(_kind, range(256)))


def populated_runs(pid: int, pagemap: int, start: int, end: int) -> Iterator[Range]:
    """Yield the populated parts of ``[start, end)``, whole pages, of process ``pid``.

    ``pagemap`` is its open /proc/PID/pagemap.
    """
    run = Range(start, start)
    if end - start > _VAST and not _holds_any(pid, start, end):
        return
    for base in range(start, end, _ENTRIES * PAGE_SIZE):
        count = min(_ENTRIES, (end - base) // PAGE_SIZE)
        data = os.pread(pagemap, count * _ENTRY, base // PAGE_SIZE * _ENTRY)
        if data in _NOTHING:  # most of what is only reserved
            continue
        kinds = _without_zeros(pid, base, data[_ENTRY - 1 :: _ENTRY].translate(_KINDS))
        for match in _RUN.finditer(kinds):
            piece = Range(base + match.start() * PAGE_SIZE, base + match.end() * PAGE_SIZE)
            if piece.start == run.end:
                run = Range(run.start, piece.end)
                continue
            if run.size:
                yield run
            run = piece
    if run.size:
        yield run


def _holds_any(pid: int, start: int, end: int) -> bool:
    """Ask smaps, which skips what is empty: entries of a tebibyte take a second to list."""
    smaps = procfs.read_bytes(f"/proc/{pid}/smaps")
    for mapping, counts in _SMAPS_ENTRY.findall(smaps):
        (found,) = parse_maps(mapping)
        if found.start < end and start < found.end and _HELD.search(counts):
            return True
    return False


def _without_zeros(pid: int, base: int, kinds: bytes) -> bytes:
    """Decide about the pages in doubt; where the kernel does not say, they count as populated."""
    decided = bytearray(kinds)
    for match in _UNSURE_RUN.finditer(kinds):
        first, last = base + match.start() * PAGE_SIZE, base + match.end() * PAGE_SIZE
        decided[match.start() : match.end()] = _decided(pid, range(first, last, PAGE_SIZE))
    return bytes(decided)


def _decided(pid: int, pages: range) -> bytes:
    try:
        places = libc.places_of_pages(pid, array("Q", pages))
    except OSError:  # forbidden, or not built into the kernel
        return bytes([_POPULATED]) * len(pages)
    # "This is a zero page or the memory area is not mapped by the process."
    return bytes(_EMPTY if place == -errno.EFAULT else _POPULATED for place in places)
