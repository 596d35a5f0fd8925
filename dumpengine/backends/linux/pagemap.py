"""Which pages of a process hold something: PAGEMAP_SCAN, or each page's entry on older kernels.

https://docs.kernel.org/admin-guide/mm/pagemap.html

Reading memory that was never touched would fill in page tables of the target, seconds of work for
a terabyte of reserved addresses; so every read is preceded by this question.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator

from dumpengine.backends.linux import libc
from dumpengine.backends.linux.page_entries import populated_runs
from dumpengine.snapshot import PAGE_SIZE, Range

_PAGEMAP_SCAN = 0xC0606610
_IS_PRESENT = 1 << 3
_IS_SWAPPED = 1 << 4
_IS_PFNZERO = 1 << 5
_IS_GUARD = 1 << 8  # Linux 6.15
_BATCH = 4096  # ranges fetched at once


class _ScanArg(ctypes.Structure):
    """``struct pm_scan_arg`` of <linux/fs.h>."""

    _fields_ = tuple(
        (name, ctypes.c_uint64)
        for name in (
            "size flags start end walk_end vec vec_len max_pages category_inverted category_mask "
            "category_anyof_mask return_mask"
        ).split()
    )


class _PageRegion(ctypes.Structure):
    """``struct page_region``."""

    _fields_ = (
        ("start", ctypes.c_uint64),
        ("end", ctypes.c_uint64),
        ("categories", ctypes.c_uint64),
    )


class PageMap:
    """The populated pages of one process. Not safe for several threads at once."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._fd = os.open(f"/proc/{pid}/pagemap", os.O_RDONLY | os.O_CLOEXEC)
        self._excluded = _IS_PFNZERO | _IS_GUARD
        self._can_scan = True

    def close(self) -> None:
        """Close the file behind it."""
        os.close(self._fd)

    def populated(self, start: int, end: int) -> Iterator[Range]:
        """Yield the parts of ``[start, end)`` whose pages are present or swapped out.

        Pages that only map the kernel's page of zeros, and guard pages, do not count.
        """
        # The kernel refuses addresses that are no multiple of a page.
        first, last = start // PAGE_SIZE * PAGE_SIZE, -(-end // PAGE_SIZE) * PAGE_SIZE
        for run in self._runs(first, last):
            yield Range(max(run.start, start), min(run.end, end))

    def can_scan(self) -> bool:
        """Return whether the kernel skips what is empty (Linux 6.7); else it tells every page."""
        next(self._runs(0, PAGE_SIZE), None)
        return self._can_scan

    def holds_any(self, start: int, end: int) -> bool:
        """Return whether any page of ``[start, end)``, whole pages, is populated."""
        return next(self._runs(start, end, most=1), None) is not None

    def _runs(self, start: int, end: int, most: int = 0) -> Iterator[Range]:
        if self._can_scan:
            try:
                yield from self._scan(start, end, most)
                return
            except OSError as error:
                if error.errno not in (errno.ENOTTY, errno.EINVAL):
                    raise
            if self._excluded & _IS_GUARD:
                self._excluded = _IS_PFNZERO
                yield from self._runs(start, end, most)
                return
            self._can_scan = False
        yield from populated_runs(self._pid, self._fd, start, end)

    def _scan(self, start: int, end: int, most: int) -> Iterator[Range]:
        regions = (_PageRegion * _BATCH)()
        argument = _ScanArg(
            size=ctypes.sizeof(_ScanArg),
            end=end,
            vec=ctypes.addressof(regions),
            vec_len=_BATCH,
            max_pages=most,  # after which the kernel looks no further; 0: to the end
            category_inverted=self._excluded,
            category_mask=self._excluded,
            category_anyof_mask=_IS_PRESENT | _IS_SWAPPED,
            return_mask=_IS_PFNZERO,  # always clear here, so neighbours merge
        )
        while start < end:
            argument.start = start
            count = libc.ioctl(self._fd, _PAGEMAP_SCAN, argument)
            start = argument.walk_end
            for index in range(count):
                yield Range(regions[index].start, regions[index].end)
                # When the answer is just full at the end, Linux 6.18 names an earlier walk_end.
                start = max(start, regions[index].end)
