"""One process under watch: its gauge, its judges, and how often it fired."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from dumpengine.backends.vitals import Gauge
from dumpengine.processes.gauges import gauge_of
from dumpengine.processes.listing import ProcessKey, process_name
from dumpengine.watch.conditions import Condition, measures_of
from dumpengine.watch.judging import Judge, Sample, judge_of
from dumpengine.watch.plan import Plan


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition that came true, and how in words."""

    slug: str
    words: str


@dataclass(frozen=True, slots=True)
class Series:
    """Dumps of one firing that are still to be written: the next is number ``number``."""

    reasons: tuple[Reason, ...]
    number: int
    due: float


@dataclass(slots=True)
class Watched:
    """State of one process; times are ``time.monotonic()``."""

    key: ProcessKey
    name: str
    gauge: Gauge
    judges: list[tuple[Condition, Judge]]
    fired: int = 0
    dumps: int = 0
    quiet_until: float = 0.0
    series: Series | None = None
    last: Sample = field(default_factory=lambda: Sample(0.0, {}))

    @classmethod
    def begin(cls, key: ProcessKey, plan: Plan) -> Watched:
        """Begin to look at a process; raises DumpError when it is gone."""
        now = time.monotonic()
        judges = [(condition, judge_of(condition, now)) for condition in plan.conditions]
        gauge = gauge_of(key)
        gauge.read(measures_of(plan.conditions))  # processor time is a difference
        return cls(key, process_name(key), gauge, judges)

    def reasons(self, sample: Sample) -> tuple[Reason, ...]:
        """Return all conditions that are true; none while it was dumped just before."""
        self.last = sample
        found = []
        for condition, judge in self.judges:
            if words := judge.look(sample):
                judge.start_anew()
                found.append(Reason(condition.slug, words))
        return tuple(found) if sample.when >= self.quiet_until else ()

    def dumped(self, spacing: float) -> None:
        """It was dumped: what was seen before counts no more."""
        self.quiet_until = time.monotonic() + spacing
        for _, judge in self.judges:
            judge.start_anew()

    def close(self) -> None:
        """Look no more."""
        self.gauge.close()
