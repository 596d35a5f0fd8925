"""/proc/PID/maps -> regions as VirtualQuery would describe them, and the files behind them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from dumpengine.backends.linux.procfs import Mapping
from dumpengine.snapshot import MemoryType, PageProtection, Region

_P = PageProtection
# A private file mapping that may be written is copied on write: Windows calls it WRITECOPY.
_PROTECTION = {
    "---": _P.NOACCESS,
    "r--": _P.READONLY,
    "rw-": _P.READWRITE,
    "-w-": _P.READWRITE,
    "--x": _P.EXECUTE,
    "r-x": _P.EXECUTE_READ,
    "rwx": _P.EXECUTE_READWRITE,
    "-wx": _P.EXECUTE_READWRITE,
}
_COPY_ON_WRITE = {
    _P.READWRITE: _P.WRITECOPY,
    _P.EXECUTE_READWRITE: _P.EXECUTE_WRITECOPY,
}

# Kernel pages that cannot be read from outside; reading a device may have side effects.
_KERNEL_LABELS = ("[vvar]", "[vvar_vclock]", "[vsyscall]")
_HARMLESS_DEVICES = ("/dev/shm/", "/dev/zero", "/dev/hugepages/", "/dev/ashmem")


def regions(mappings: Sequence[Mapping], images: Sequence[tuple[int, int]]) -> tuple[Region, ...]:
    """Describe each mapping; ``images`` are base and end of the loaded modules, in order."""
    described = []
    image = 0
    for mapping in mappings:
        while image < len(images) and images[image][1] <= mapping.start:
            image += 1
        inside = image < len(images) and images[image][0] <= mapping.start
        described.append(_region(mapping, images[image][0] if inside else None))
    return tuple(described)


def _region(mapping: Mapping, image_base: int | None) -> Region:
    protect = _protection(mapping)
    return Region(
        start=mapping.start,
        end=mapping.end,
        protect=protect,
        type=_type(mapping, image_base is not None),
        allocation_base=mapping.start if image_base is None else image_base,
        allocation_protect=protect,
        name=mapping.name,
        offset=mapping.offset,
        unreadable=_unreadable(mapping),
    )


def _protection(mapping: Mapping) -> PageProtection:
    protection = _PROTECTION[mapping.permissions[:3]]
    if mapping.file_backed and not mapping.shared:
        return _COPY_ON_WRITE.get(protection, protection)
    return protection


def _type(mapping: Mapping, in_image: bool) -> MemoryType:
    if in_image:
        return MemoryType.IMAGE
    if mapping.shared or mapping.file_backed:
        return MemoryType.MAPPED
    return MemoryType.PRIVATE


def _unreadable(mapping: Mapping) -> str:
    if mapping.name in _KERNEL_LABELS:
        return "a page of the kernel"
    if mapping.name.startswith("/dev/") and not mapping.name.startswith(_HARMLESS_DEVICES):
        return f"device memory ({mapping.name})"
    if mapping.name.startswith("/secretmem"):
        return "memory the process keeps secret (memfd_secret)"
    return ""


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
