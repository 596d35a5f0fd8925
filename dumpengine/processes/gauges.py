"""Gauges of processes: the back-end's on Linux, psutil's elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import psutil

from dumpengine.backends.vitals import Gauge, Measure
from dumpengine.errors import no_such_process
from dumpengine.processes.listing import ProcessKey
from dumpengine.system import ON_WINDOWS


def gauge_of(key: ProcessKey) -> Gauge:
    """Return a gauge of a process; raises DumpError when it is gone."""
    if ON_WINDOWS:
        return _PsutilGauge(key)
    from dumpengine.backends.linux.gauge import LinuxGauge

    return LinuxGauge(key.pid, key.started)


class _PsutilGauge:
    """See :class:`dumpengine.backends.vitals.Gauge`."""

    def __init__(self, key: ProcessKey) -> None:
        try:
            self._process = psutil.Process(key.pid)
        except psutil.NoSuchProcess:
            raise no_such_process(key.pid) from None
        self._last: tuple[float, float] | None = None

    def read(self, measures: frozenset[Measure]) -> Mapping[Measure, float] | None:
        try:
            if self.ended() is not None:
                return None
            found = {measure: _READ[measure](self) for measure in measures}
        except psutil.NoSuchProcess:
            return None
        except psutil.AccessDenied as error:
            raise PermissionError(str(error)) from None
        return {measure: value for measure, value in found.items() if value is not None}

    def fileno(self) -> int:
        return -1

    def ended(self) -> str | None:
        return None if self._process.is_running() else "unknown"

    def close(self) -> None:
        """Nothing is open."""

    def cpu(self) -> float | None:
        times = self._process.cpu_times()
        now = time.monotonic(), times.user + times.system
        before, self._last = self._last, now
        if before is None or now[0] <= before[0]:
            return None
        return float(max(0.0, (now[1] - before[1]) / (now[0] - before[0]) * 100))

    def memory(self) -> float:
        return float(self._process.memory_info().rss)

    def threads(self) -> float:
        return float(self._process.num_threads())

    def handles(self) -> float:
        return float(self._process.num_handles())


_READ: Mapping[Measure, Callable[[_PsutilGauge], float | None]] = {
    Measure.CPU: _PsutilGauge.cpu,
    Measure.MEMORY: _PsutilGauge.memory,
    Measure.THREADS: _PsutilGauge.threads,
    Measure.HANDLES: _PsutilGauge.handles,
}
