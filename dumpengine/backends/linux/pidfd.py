"""A process by the descriptor that pidfd_open gave for it.

https://man7.org/linux/man-pages/man2/pidfd_open.2.html
"""

from __future__ import annotations

import fcntl
import os

from dumpengine.backends.linux import procfs
from dumpengine.errors import (
    E_ACCESSDENIED,
    E_INVALID_HANDLE,
    E_INVALIDARG,
    DumpError,
    no_such_process,
)

THIS_PROCESS = -1


def check_process(pidfd: int, pid: int) -> float:
    """Make sure that ``pidfd`` is the process ``pid``; return when it started. Raises DumpError."""
    found = os.getpid() if pidfd == THIS_PROCESS else _pid_of(pidfd)
    if found == -1:
        raise no_such_process(pid)
    if found != pid:
        raise DumpError(E_INVALIDARG, f"The handle is process {found}'s, not {pid}'s.", pid=pid)
    try:
        started = procfs.start_time(procfs.read_stat(pid))
    except OSError:
        raise no_such_process(pid) from None
    # It had the id before and after the look at the start time, and so in between.
    if pidfd != THIS_PROCESS and _pid_of(pidfd) != pid:
        raise no_such_process(pid)
    return started


def _pid_of(pidfd: int) -> int:
    """The process of a pidfd: -1 when it has ended, 0 when it is of another namespace."""
    try:
        with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as lines:
            fields = dict(line.split(":", 1) for line in lines if ":" in line)
        return int(fields["Pid"])
    except (OSError, KeyError):
        raise DumpError(
            E_INVALID_HANDLE, "The process handle is not a pidfd.", "Open it with os.pidfd_open()."
        ) from None


def open_file(fd: int) -> int:
    """Duplicate a descriptor that is open for writing; raises DumpError for any other."""
    try:
        mode = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE
        if mode != os.O_RDONLY:
            return os.dup(fd)
    except (OSError, ValueError, OverflowError):
        raise DumpError(
            E_INVALID_HANDLE, "There is no open file.", "Give one to write to."
        ) from None
    raise DumpError(E_ACCESSDENIED, "The file is not open for writing.", "Open it for that.")
