"""Open file descriptors as handles: what each is, where it leads, how it was opened."""

from __future__ import annotations

import os
import re
import stat

from dumpengine.backends.linux import procfs
from dumpengine.snapshot import Absent, Handle

_ANONYMOUS = re.compile(r"^anon_inode:\[?([\w-]+)\]?")
_ANONYMOUS_TYPES = {
    "eventfd": "EventFd",
    "eventpoll": "EventPoll",
    "signalfd": "SignalFd",
    "timerfd": "TimerFd",
    "inotify": "Inotify",
    "pidfd": "PidFd",
    "io_uring": "IoUring",
    "userfaultfd": "UserFaultFd",
}
_FILE_TYPES = {
    stat.S_IFREG: "File",
    stat.S_IFDIR: "Directory",
    stat.S_IFCHR: "CharacterDevice",
    stat.S_IFBLK: "BlockDevice",
    stat.S_IFIFO: "Pipe",
    stat.S_IFSOCK: "Socket",
    stat.S_IFLNK: "SymbolicLink",
}


def open_handles(pid: int) -> tuple[Handle, ...] | Absent:
    """Return one handle for each entry of /proc/PID/fd; ones closed meanwhile are left out."""
    try:
        numbers = sorted(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
    except OSError as error:
        return Absent(f"/proc/{pid}/fd: {error.strerror}")
    return tuple(filter(None, (_handle(pid, number) for number in numbers)))


def _handle(pid: int, number: int) -> Handle | None:
    path = f"/proc/{pid}/fd/{number}"
    try:
        target = os.readlink(path)
        mode = os.stat(path).st_mode
    except OSError:
        return None
    return Handle(
        handle=number,
        type_name=_type_name(target, mode),
        object_name=target,
        attributes=mode,
        granted_access=_open_flags(pid, number),
    )


def _type_name(target: str, mode: int) -> str:
    if match := _ANONYMOUS.match(target):
        return _ANONYMOUS_TYPES.get(match[1], match[1])
    return _FILE_TYPES.get(stat.S_IFMT(mode), "Unknown")


def _open_flags(pid: int, number: int) -> int:
    """The O_* flags, written in octal by the kernel."""
    match = re.search(
        rb"^flags:\s+(\d+)", procfs.read_optional(f"/proc/{pid}/fdinfo/{number}"), re.M
    )
    return int(match[1], 8) if match else 0
