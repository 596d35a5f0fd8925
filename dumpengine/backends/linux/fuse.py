"""Who serves a file system in user space: held still, it would take nothing that is written there.

Nothing is asked of the file system itself, which may not answer.
https://docs.kernel.org/filesystems/fuse.html
"""

from __future__ import annotations

import os
import re

from dumpengine.backends.linux import procfs

_DEVICE = "/dev/fuse"
_MOUNT_ID = re.compile(rb"(?m)^mnt_id:\s*(\d+)")
_CONNECTION = re.compile(rb"(?m)^fuse_connection:\s*(\d+)")  # since Linux 6.10
_MINOR_BITS = 20  # of a device number in the kernel, which names connections by it


def serves(pid: int, fd: int) -> bool:
    """Whether process ``pid`` serves the file system on which the file lies that we opened."""
    connection = _connection_of(fd)
    return connection is not None and any(
        _is_the_other_end(pid, number, connection) for number in _devices(pid)
    )


def _connection_of(fd: int) -> int | None:
    """Return the number of the connection to the file system's server; None where it has none."""
    mount = _MOUNT_ID.search(procfs.read_optional(f"/proc/self/fdinfo/{fd}"))
    for line in procfs.read_optional("/proc/self/mountinfo").splitlines():
        number, _, device, *rest = line.split()
        if mount and number == mount[1]:
            kind = rest[rest.index(b"-") + 1]
            major, minor = map(int, device.split(b":"))
            fuse = kind in (b"fuse", b"fuseblk") or kind.startswith((b"fuse.", b"fuseblk."))
            return major << _MINOR_BITS | minor if fuse else None
    return None


def _devices(pid: int) -> list[str]:
    folder = f"/proc/{pid}/fd"
    try:
        numbers = os.listdir(folder)
    except OSError:
        return []
    return [number for number in numbers if _name(f"{folder}/{number}") == _DEVICE]


def _name(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def _is_the_other_end(pid: int, number: str, connection: int) -> bool:
    """Older kernels do not tell which connection it is: then it may be this one."""
    found = _CONNECTION.search(procfs.read_optional(f"/proc/{pid}/fdinfo/{number}"))
    return found is None or int(found[1]) == connection
