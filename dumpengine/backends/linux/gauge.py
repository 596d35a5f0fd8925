"""Reads of a process what a watch asks for: some microseconds each, two open files a process.

The folder of the process stays open: what is read through it is never another's that got its id.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from dumpengine.backends.linux.ending import EndWatch
from dumpengine.backends.linux.process import check_identity
from dumpengine.backends.vitals import Measure

_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROCESS_CLOCK = 2  # CPUCLOCK_SCHED of a process, see clock_getcpuclockid(3)


class LinuxGauge:
    """See :class:`dumpengine.backends.vitals.Gauge`; raises DumpError when the process is gone."""

    def __init__(self, pid: int, started: float) -> None:
        self._end = EndWatch(pid)
        check_identity(pid, started)
        self._clock = ~pid << 3 | _PROCESS_CLOCK
        self._folder = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY)
        self._last: tuple[float, float] | None = None

    def read(self, measures: frozenset[Measure]) -> Mapping[Measure, float] | None:
        """See the protocol."""
        if self._end.ended() is not None:
            return None
        try:
            found = {measure: _READ[measure](self) for measure in measures}
        except (ProcessLookupError, FileNotFoundError):
            return None
        return {measure: value for measure, value in found.items() if value is not None}

    def fileno(self) -> int:
        """See the protocol."""
        return self._end.fileno()

    def ended(self) -> str | None:
        """See the protocol."""
        return self._end.ended()

    def close(self) -> None:
        """See the protocol."""
        os.close(self._folder)
        self._end.close()

    def cpu(self) -> float | None:
        """Percent of one processor since the last reading, from the process's clock."""
        try:
            now = time.monotonic(), time.clock_gettime(self._clock)
        except OSError as error:  # EINVAL: there is no such process
            raise ProcessLookupError from error
        before, self._last = self._last, now
        if before is None or now[0] <= before[0]:
            return None
        return max(0.0, (now[1] - before[1]) / (now[0] - before[0]) * 100)

    def memory(self) -> float:
        """Resident bytes."""
        return float(int(self._file("statm").split()[1]) * _PAGE)

    def threads(self) -> float:
        """Field 20 of proc_pid_stat(5)."""
        data = self._file("stat")
        return float(data[data.rindex(b")") + 2 :].split()[17])

    def handles(self) -> float:
        """The size of the folder is their number (Linux 6.2); before it was 0."""
        size = os.stat("fd", dir_fd=self._folder).st_size
        return float(size or self._counted())

    def _counted(self) -> int:
        fd = os.open("fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._folder)
        try:
            return len(os.listdir(fd))
        finally:
            os.close(fd)

    def _file(self, name: str) -> bytes:
        fd = os.open(name, os.O_RDONLY, dir_fd=self._folder)
        try:
            return os.read(fd, 4096)
        finally:
            os.close(fd)


_READ: Mapping[Measure, Callable[[LinuxGauge], float | None]] = {
    Measure.CPU: LinuxGauge.cpu,
    Measure.MEMORY: LinuxGauge.memory,
    Measure.THREADS: LinuxGauge.threads,
    Measure.HANDLES: LinuxGauge.handles,
}
