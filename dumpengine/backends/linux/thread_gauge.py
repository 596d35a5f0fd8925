"""Reads which threads of a process run, and what those wait for that do not; nothing is stopped."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.activity import call_in
from dumpengine.backends.vitals import RunTime, Standstill, StandstillKind
from dumpengine.waiting.facts import SystemCall
from dumpengine.waiting.system_calls import Waits, how_it_waits

_TRANSFERS = (Waits.READS, Waits.WRITES, Waits.DISK, Waits.FLOCK, Waits.FCNTL)
_STANDARD_INPUT = 0


class LinuxThreadGauge:
    """See :class:`dumpengine.backends.vitals.ThreadGauge`."""

    def __init__(self, pid: int, architecture: str = "x64") -> None:
        self._pid = pid
        self._architecture = architecture

    def run_times(self) -> Mapping[int, RunTime]:
        """See the protocol: the first two numbers of /proc/PID/task/TID/schedstat."""
        found = {}
        with suppress(FileNotFoundError):
            for tid in procfs.task_ids(self._pid):
                if words := procfs.read_optional(f"{self._folder(tid)}/schedstat").split():
                    ran, waited = int(words[0]), int(words[1])
                    found[tid] = RunTime(ran, ran + waited)
        return found

    def standstill(self, tid: int) -> Standstill:
        """See the protocol."""
        try:
            known = procfs.read_stat(self._pid, tid)
        except OSError:
            return Standstill(StandstillKind.WORK, "", "")
        name = known.name
        if known.state in "TtZX":
            return Standstill(StandstillKind.WORK, name, "")
        call = call_in(procfs.read_optional(f"{self._folder(tid)}/syscall"))
        channel = procfs.text(procfs.read_optional(f"{self._folder(tid)}/wchan"))
        how = how_it_waits(call, self._architecture, channel)
        if how is Waits.FUTEX:
            return Standstill(StandstillKind.LOCK, name, "")
        if call is not None and how in _TRANSFERS and (thing := self._thing(how, call)):
            return Standstill(StandstillKind.TRANSFER, name, f"{how.value} {thing}")
        if known.state == "D":
            return Standstill(StandstillKind.TRANSFER, name, "a device (uninterruptible sleep)")
        return Standstill(StandstillKind.WORK, name, "")

    def _folder(self, tid: int) -> str:
        return f"/proc/{self._pid}/task/{tid}"

    def _thing(self, how: Waits, call: SystemCall) -> str:
        """The file, device or pipe that a call is about; empty for what serves as a waiting room.

        Standard input, terminals and sockets are where programs wait for work.
        """
        if how is Waits.DISK:
            return "a file"
        descriptor = call.argument(0)
        if how is Waits.READS and descriptor == _STANDARD_INPUT:
            return ""
        path = f"/proc/{self._pid}/fd/{descriptor}"
        try:
            target, mode = os.readlink(path), os.stat(path).st_mode
        except OSError:
            return ""
        if stat.S_ISSOCK(mode) or target.startswith(("/dev/pts/", "/dev/tty", "anon_inode:")):
            return ""
        return f"a pipe ({target})" if stat.S_ISFIFO(mode) else target
