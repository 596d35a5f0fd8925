"""Notices the end of a process that is not our child, and finds out how it ended."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct

from dumpengine.backends.linux import procfs

UNKNOWN = "unknown"
OOM_KILLER = "OOM killer"

# PIDFD_GET_INFO of linux/pidfd.h (6.13; with the exit code since 6.15): _IOWR(0xFF, 11, 64 bytes).
_INFO = struct.Struct("<QQ11Ii")
_GET_INFO = 3 << 30 | _INFO.size << 16 | 0xFF << 8 | 11
_WITH_EXIT = 1 << 3
_EXIT_CODE = 52  # the field of /proc/PID/stat, as the manual page numbers them
_GROUP = re.compile(rb"(?m)^(?:0:|\d+:memory):(/.*)$")
_OOM_KILLS = re.compile(rb"(?m)^oom_kill (\d+)$")


class EndWatch:
    """Watches one process from now on; close it when done. Asking costs a microsecond."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._kills = _Kills(pid)
        self._how: str | None = None
        try:
            self._fd = os.pidfd_open(pid)
        except (AttributeError, OSError):  # before Linux 5.3; or it has just ended
            self._fd = -1

    def ended(self, patience: float = 0.0) -> str | None:
        """Return how the process ended, None while it lives; waits for its end so many seconds.

        "exit code N", "signal NAME", "OOM killer", or "unknown" where the system does not tell.
        """
        if self._how is None and self._is_over(patience):
            self._how = self._find_out()
        return self._how

    def fileno(self) -> int:
        """Return a descriptor that is readable once the process has ended; -1 for none."""
        return self._fd

    def close(self) -> None:
        """Stop watching; what was found out stays."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _is_over(self, patience: float) -> bool:
        if self._fd < 0:
            return procfs.is_dead(self._pid)
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return bool(poll.poll(patience * 1000))

    def _find_out(self) -> str:
        status = self._collected()
        if status is None:
            status = _uncollected(self._pid)
        if self._kills.more() and (status is None or os.WTERMSIG(status) == signal.SIGKILL):
            return OOM_KILLER
        return UNKNOWN if status is None else _words(status)

    def _collected(self) -> int | None:
        """The wait status of a process whose parent has taken notice of its end."""
        buffer = bytearray(_INFO.pack(_WITH_EXIT, *[0] * 13))
        try:
            fcntl.ioctl(self._fd, _GET_INFO, buffer)
        except (OSError, ValueError):
            return None
        mask, *_, status = _INFO.unpack(buffer)
        return status if mask & _WITH_EXIT else None


def _uncollected(pid: int) -> int | None:
    """The wait status of a process whose parent has not taken notice; None where it is hidden."""
    data = procfs.read_optional(f"/proc/{pid}/stat")
    fields = data[data.rfind(b")") + 2 :].split()
    if len(fields) <= _EXIT_CODE - 3 or fields[0] not in b"ZX":
        return None
    return int(fields[_EXIT_CODE - 3])


def _words(status: int) -> str:
    if os.WIFEXITED(status):
        return f"exit code {os.WEXITSTATUS(status)}"
    number = os.WTERMSIG(status)
    try:
        return f"signal {signal.Signals(number).name}"
    except ValueError:  # a real-time signal has no name
        return f"signal {number}"


class _Kills:
    """How often the OOM killer struck in the process's control group, or in all the system."""

    def __init__(self, pid: int) -> None:
        self._path = _counter(pid)
        self._before = self._read()

    def more(self) -> bool:
        """Whether it has struck since; a counter that is gone counts nothing."""
        return self._read() > self._before

    def _read(self) -> int:
        match = _OOM_KILLS.search(procfs.read_optional(self._path))
        return int(match[1]) if match else 0


def _counter(pid: int) -> str:
    """Return the file that counts: of version 2, of version 1, or of the whole system."""
    for group in _GROUP.findall(procfs.read_optional(f"/proc/{pid}/cgroup")):
        path = procfs.text(group)
        for file in (
            f"/sys/fs/cgroup{path}/memory.events",
            f"/sys/fs/cgroup/memory{path}/memory.oom_control",
        ):
            if _OOM_KILLS.search(procfs.read_optional(file)):
                return file
    return "/proc/vmstat"
