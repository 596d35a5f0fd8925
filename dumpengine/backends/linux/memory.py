"""The memory of a process by address, read without changing anything in it.

/proc/PID/mem is used first. process_vm_readv(2) copies once less, but pins the pages it reads, and
since Linux 5.19 a pinned page that is shared copy-on-write is copied for its process first: it
would double the memory of a process that has forked, and of every clone of ours (measured: 2 GiB
took 6.2 s that way and 1 s this way). It serves where /proc/PID/mem cannot be opened.
"""

from __future__ import annotations

import bisect
import errno
import os
import threading
from collections.abc import Iterator, Sequence

from dumpengine.backends.linux import libc
from dumpengine.backends.linux.mapped_files import MappedFiles
from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.snapshot import PAGE_SIZE, Range, Region, region_at

_UNREADABLE = (errno.EFAULT, errno.EIO)


class ProcessReader:
    """Reads bytes of one process; usable from several threads at once."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        try:
            self._mem_fd = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._mem_fd = -1

    def close(self) -> None:
        """Close the file behind it."""
        if self._mem_fd >= 0:
            os.close(self._mem_fd)
            self._mem_fd = -1

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill ``buffer``; return how many bytes were readable from ``address`` on.

        Raises OSError ESRCH when the process is gone.
        """
        done = 0
        while done < buffer.nbytes:
            count = self._read_piece(address + done, buffer[done:])
            if count <= 0:
                break
            done += count
        return done

    def _read_piece(self, address: int, buffer: memoryview) -> int:
        try:
            if self._mem_fd < 0:
                return libc.process_vm_readv(self.pid, address, buffer)
            count = os.preadv(self._mem_fd, [buffer], address)
        except OverflowError:  # the vsyscall page: file offsets are signed
            return 0
        except OSError as error:
            if error.errno in _UNREADABLE:
                return 0
            raise
        if count == 0:
            # Its address space is gone: without this, a killed target would read as zeros.
            raise ProcessLookupError(errno.ESRCH, "the process has ended")
        return count


class LiveMemory:
    """Memory of a running or stopped process, read so that not one page is faulted into it.

    Pages that are not populated come from the mapped file, or are zeros, exactly as the process
    itself would see them. Reading them through the kernel would grow the target instead.
    """

    def __init__(self, pid: int, regions: Sequence[Region]) -> None:
        self._reader = ProcessReader(pid)
        self._pages = PageMap(pid)
        self._lock = threading.Lock()
        self._regions = regions
        self._populated: dict[int, list[Range]] = {}
        self._files = MappedFiles(pid)

    def close(self) -> None:
        """Close all files behind it."""
        self._reader.close()
        self._pages.close()
        self._files.close()

    def populated(self, start: int, end: int) -> Iterator[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        with self._lock:
            return iter(list(self._pages.populated(start, end)))

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        done = 0
        while done < buffer.nbytes:
            region = region_at(self._regions, address + done)
            if region is None or not region.reachable:
                break
            size = min(buffer.nbytes - done, region.end - address - done)
            count = self._read_region(region, address + done, buffer[done : done + size])
            done += count
            if count < size:
                break
        return done

    def _read_region(self, region: Region, address: int, buffer: memoryview) -> int:
        end = address + buffer.nbytes
        at = address
        for piece in self._pieces(region, address, end):
            gap = self._fill_gap(region, at, buffer[at - address : max(piece.start, at) - address])
            if gap < piece.start - at:
                return at + gap - address
            start = max(piece.start, at)
            stop = min(piece.end, end)
            count = self._reader.read_into(start, buffer[start - address : stop - address])
            if count < stop - start:
                return start + count - address
            at = stop
        return at - address + self._fill_gap(region, at, buffer[at - address :])

    def _pieces(self, region: Region, start: int, end: int) -> list[Range]:
        """Populated runs that touch ``[start, end)``, from one scan of the region.

        Huge regions are scanned around the question only, small ones once as a whole.
        """
        first = start // PAGE_SIZE * PAGE_SIZE
        last = -(-end // PAGE_SIZE) * PAGE_SIZE
        if region.size > _WHOLE_SCAN:
            return list(self.populated(first, min(last, region.end)))
        if region.start not in self._populated:
            self._populated[region.start] = list(self.populated(region.start, region.end))
        runs = self._populated[region.start]
        low = bisect.bisect_right(runs, start, key=lambda run: run.end)
        high = bisect.bisect_left(runs, end, lo=low, key=lambda run: run.start)
        return runs[low:high]

    def _fill_gap(self, region: Region, address: int, buffer: memoryview) -> int:
        """Supply pages the process has not touched: from its file, else zeros."""
        if not buffer.nbytes or not region.readable:
            return 0
        if region.name.startswith("/"):
            count = self._files.read_into(region, address, buffer)
            return self._reader.read_into(address, buffer) if count is None else count
        buffer[:] = bytes(buffer.nbytes)
        return buffer.nbytes


_WHOLE_SCAN = 64 << 20
