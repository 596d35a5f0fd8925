"""What samples say of a condition: a judge for each condition of each process."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from dumpengine.backends.vitals import Measure
from dumpengine.processes.descendants import Descendants
from dumpengine.processes.listing import ProcessKey, process_name
from dumpengine.text import printable, size_text
from dumpengine.watch.conditions import Above, Condition, Every, Grows, Line, amount, duration
from dumpengine.watch.log_tail import LogTail


@dataclass(frozen=True, slots=True)
class Sample:
    """What was read of a process, and when (``time.monotonic()``)."""

    when: float
    values: Mapping[Measure, float]


class Judge(Protocol):
    """Looks at each sample; says why its condition is true."""

    def look(self, sample: Sample) -> str:
        """Return the reason in words when the condition is true, empty when it is not."""
        ...

    def start_anew(self) -> None:
        """Forget what was seen: the process has been dumped for it."""
        ...


def judge_of(condition: Condition, now: float) -> Judge | None:
    """Return the judge of a condition that is watched from ``now`` on.

    None for those that no sample shows: a guard tells of them.
    """
    match condition:
        case Above():
            return _AboveJudge(condition)
        case Grows():
            return _GrowsJudge(condition)
        case Every():
            return _EveryJudge(condition, now)
        case Line():
            return _LineJudge(condition)
        case _:
            return None


class _AboveJudge:
    """One sample below the threshold starts anew."""

    def __init__(self, condition: Above) -> None:
        self._condition = condition
        self._previous: float | None = None
        self.start_anew()

    def start_anew(self) -> None:
        self._since: float | None = None
        self._weighted = 0.0

    def look(self, sample: Sample) -> str:
        condition, previous = self._condition, self._previous
        self._previous = sample.when
        value = sample.values.get(condition.measure)
        if value is None or value < condition.threshold:
            self.start_anew()
            return ""
        # Processor time was used since the previous sample, all else is as it is now.
        covers = condition.measure is Measure.CPU and previous is not None
        begin = previous if covers and previous is not None else sample.when
        if self._since is None:
            self._since = begin
        self._weighted += value * (sample.when - begin)
        lasted = sample.when - self._since
        if lasted < condition.seconds:
            return ""
        return self._reason(value, lasted)

    def _reason(self, value: float, lasted: float) -> str:
        condition = self._condition
        if condition.measure is Measure.CPU and lasted:
            value = self._weighted / lasted
        said = f"{_SUBJECT[condition.measure]}{amount(condition.measure, value)}"
        return said + (f" for {duration(round(lasted, 1))}" if condition.seconds else "")


_SUBJECT = {
    Measure.CPU: "CPU at ",
    Measure.MEMORY: "memory at ",
    Measure.THREADS: "",
    Measure.HANDLES: "",
}


class _GrowsJudge:
    def __init__(self, condition: Grows) -> None:
        self._condition = condition
        self._seen: deque[tuple[float, float]] = deque()

    def start_anew(self) -> None:
        self._seen.clear()

    def look(self, sample: Sample) -> str:
        value = sample.values.get(Measure.MEMORY)
        if value is None:
            return ""
        seen = self._seen
        while seen and sample.when - seen[0][0] > self._condition.seconds:
            seen.popleft()
        # Only the lowest matters: what is not below the new one can never be the lowest again.
        while seen and seen[-1][1] >= value:
            seen.pop()
        seen.append((sample.when, value))
        when, lowest = seen[0]
        if value - lowest < self._condition.size:
            return ""
        grown, took = size_text(value - lowest), duration(round(sample.when - when, 1))
        return f"memory grew by {grown} within {took} to {size_text(value)}"


class _EveryJudge:
    def __init__(self, condition: Every, now: float) -> None:
        self._seconds = condition.seconds
        self._next = now + condition.seconds

    def start_anew(self) -> None:
        """The clock goes on."""

    def look(self, sample: Sample) -> str:
        if sample.when < self._next:
            return ""
        while self._next <= sample.when:
            self._next += self._seconds
        return f"every {duration(self._seconds)}"


class _LineJudge:
    def __init__(self, condition: Line) -> None:
        self._tail = LogTail(condition.path, condition.pattern)

    def start_anew(self) -> None:
        """Each line counts once."""

    def look(self, sample: Sample) -> str:
        del sample
        line = self._tail.match()
        return f"a line in {printable(self._tail.path)}: {line}" if line else ""


class ChildJudge:
    """Of a process's children; those that are there already do not count."""

    def __init__(self, key: ProcessKey) -> None:
        self._children = Descendants(key, deep=False)
        self._children.look()

    def start_anew(self) -> None:
        """Each child counts once."""

    def look(self, sample: Sample) -> str:
        """See Judge."""
        del sample
        new = [f"{process_name(key)} ({key.pid})" for key in self._children.look()]
        return f"it started {', '.join(new)}" if new else ""
