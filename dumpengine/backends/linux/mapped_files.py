"""The files behind mappings: pages that a process never touched are read from there."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict

from dumpengine.snapshot import Region

_MOST_OPEN = 64  # a process may map thousands; 1,024 descriptors is a usual limit for us
_DEVICE, _INODE = 3, 4  # fields of a line of /proc/PID/maps


class MappedFile:
    """The file behind a region, opened so that it is surely the same one.

    ``/proc/PID/map_files`` leads to it even when it was deleted or lies in another mount
    namespace, but needs a capability; the path below ``/proc/PID/root`` needs none and is used
    when device and inode match.
    """

    def __init__(self, pid: int, region: Region) -> None:
        self._fd = _open_mapped(pid, region)

    @property
    def usable(self) -> bool:
        """Whether the file could be opened."""
        return self._fd >= 0

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill ``buffer`` from the file; behind its end nothing is readable (SIGBUS there)."""
        done = 0
        while done < buffer.nbytes:
            try:
                count = os.preadv(self._fd, [buffer[done:]], offset + done)
            except OSError:
                break
            if count == 0:
                break
            done += count
        if 0 < done < buffer.nbytes and (padding := -(offset + done) % 4096):
            # The rest of a file's last page reads as zeros.
            size = min(padding, buffer.nbytes - done)
            buffer[done : done + size] = bytes(size)
            done += size
        return done


class MappedFiles:
    """The files behind the regions of a process; usable from several threads at once.

    Few are open at a time, those that were asked last.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._lock = threading.Lock()
        self._open: OrderedDict[int, MappedFile] = OrderedDict()

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()

    def read_into(self, region: Region, address: int, buffer: memoryview) -> int | None:
        """Fill ``buffer`` with what the file has for ``address``; None when it cannot be opened.

        Returns how many bytes were readable; behind the file's end nothing is.
        """
        # Reading with the lock held: nobody closes the file meanwhile.
        with self._lock:
            file = self._file(region)
            if not file.usable:
                return None
            return file.read_into(address - region.start + region.offset, buffer)

    def _file(self, region: Region) -> MappedFile:
        file = self._open.pop(region.start, None) or MappedFile(self._pid, region)
        self._open[region.start] = file
        if len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)[1].close()
        return file


def _open_mapped(pid: int, region: Region) -> int:
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    link = f"/proc/{pid}/map_files/{region.start:x}-{region.end:x}"
    try:
        return os.open(link, flags)
    except OSError:
        pass
    try:
        fd = os.open(f"/proc/{pid}/root{region.name}", flags)
    except (OSError, ValueError):
        return -1
    if _same_file(fd, pid, region):
        return fd
    os.close(fd)
    return -1


def _same_file(fd: int, pid: int, region: Region) -> bool:
    try:
        with open(f"/proc/{pid}/maps", "rb") as maps:
            wanted = f"{region.start:x}-".encode()
            line = next((line for line in maps if line.startswith(wanted)), b"")
    except OSError:
        return False
    fields = line.split()
    status = os.fstat(fd)
    if len(fields) <= _INODE:
        return False
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}".encode()
    return int(fields[_INODE]) == status.st_ino and fields[_DEVICE] == device
