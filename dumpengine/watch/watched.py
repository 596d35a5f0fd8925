"""One process under watch: its gauge, its judges, and how often it fired."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from dumpengine.backends.choose import backend
from dumpengine.backends.protocol import CatchKind, Caught, Freezes, Guard, Writes
from dumpengine.backends.vitals import Gauge
from dumpengine.processes.gauges import gauge_of
from dumpengine.processes.listing import ProcessKey
from dumpengine.watch.conditions import (
    Condition,
    Crashes,
    Exits,
    Hangs,
    StartsChild,
    catches_of,
    measures_of,
)
from dumpengine.watch.judging import ChildJudge, Judge, Sample, judge_of
from dumpengine.watch.plan import Plan


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition that came true, and how in words."""

    slug: str
    words: str


@dataclass(frozen=True, slots=True)
class Shot:
    """A dump to be written: ``number`` of the ``of`` of a firing, at ``due`` at the earliest."""

    reasons: tuple[Reason, ...]
    number: int = 1
    of: int = 1
    due: float = 0.0

    @property
    def words(self) -> tuple[str, ...]:
        """Why, in words."""
        return tuple(reason.words for reason in self.reasons)

    @property
    def slugs(self) -> tuple[str, ...]:
        """Why, for a file name."""
        return tuple(reason.slug for reason in self.reasons)

    def next(self, due: float) -> Shot | None:
        """Return the next one of the same firing; None after the last."""
        if self.number == self.of:
            return None
        return replace(self, number=self.number + 1, due=due)


@dataclass(slots=True)
class Watched:
    """State of one process; times are ``time.monotonic()``."""

    key: ProcessKey
    name: str
    gauge: Gauge
    judges: list[tuple[Condition, Judge]]
    guard: Guard | None = None
    fired: int = 0
    dumps: int = 0
    has_crashed: bool = False
    first_of_series: Path = field(default_factory=Path)
    quiet_until: float = 0.0
    coming: Shot | None = None
    last: Sample = field(default_factory=lambda: Sample(0.0, {}))

    @classmethod
    def begin(cls, key: ProcessKey, name: str, plan: Plan) -> Watched:
        """Begin to look at a process; raises DumpError when it is gone or may not be traced."""
        now = time.monotonic()
        found = [(condition, judge_of(condition, now)) for condition in plan.conditions]
        gauge = gauge_of(key)
        try:
            gauge.read(measures_of(plan.conditions))  # processor time is a difference
            catches = catches_of(plan.conditions)
            guard = backend().guard(key.pid, key.started, catches) if catches else None
        except BaseException:
            gauge.close()
            raise
        judges = [(condition, judge) for condition, judge in found if judge is not None]
        watched = cls(key, name, gauge, judges, guard)
        watched.judges += [(each, watched.hang_judge(each)) for each in _hangs(plan.conditions)]
        children = [each for each in plan.conditions if isinstance(each, StartsChild)]
        watched.judges += [(each, ChildJudge(key)) for each in children]
        return watched

    def hang_judge(self, condition: Hangs) -> Judge:
        """Return the judge of a hang, which looks through the guard where there is one."""
        from dumpengine.watch.hang import HangJudge

        gauge = backend().thread_gauge(self.key.pid)
        return HangJudge(condition, self.key, gauge, self.through)

    def through(self) -> AbstractContextManager[Freezes | Writes] | None:
        """Return who has to hold it for a capture; None when anybody may."""
        return self.guard.ready() if self.guard else None

    def descriptors(self) -> tuple[int, ...]:
        """Return what is readable when there is something to be seen to; -1 is none."""
        return self.gauge.fileno(), self.guard.fileno() if self.guard else -1

    def reasons(self, sample: Sample) -> tuple[Reason, ...]:
        """Return all conditions that are true; none while it was dumped just before."""
        self.last = sample
        found = []
        for condition, judge in self.judges:
            if words := judge.look(sample):
                judge.start_anew()
                found.append(Reason(condition.slug, words))
        return tuple(found) if sample.when >= self.quiet_until else ()

    def caught(self, heard: Caught, conditions: Sequence[Condition]) -> tuple[Reason, ...]:
        """Return the conditions that what the process was caught at makes true.

        The end after a crash that was dumped is none of its own.
        """
        if heard.kind is CatchKind.EXIT and self.has_crashed:
            return ()
        if heard.kind is CatchKind.FIRST_CHANCE and time.monotonic() < self.quiet_until:
            return ()
        true = [each for each in conditions if _is_true(each, heard)]
        self.has_crashed |= heard.kind is CatchKind.CRASH and bool(true)
        return tuple(Reason(each.slug, heard.words) for each in true[:1])

    def let_go(self) -> None:
        """Guard it no more."""
        if self.guard is not None:
            self.guard.close()
            self.guard = None

    def dumped(self, spacing: float) -> None:
        """It was dumped: what was seen before counts no more."""
        self.quiet_until = time.monotonic() + spacing
        for _, judge in self.judges:
            judge.start_anew()

    def close(self) -> None:
        """Look no more; the process is let go."""
        self.gauge.close()
        self.let_go()


def _hangs(conditions: Sequence[Condition]) -> list[Hangs]:
    return [each for each in conditions if isinstance(each, Hangs)]


def _is_true(condition: Condition, heard: Caught) -> bool:
    match condition:
        case Crashes(first=True, number=number):
            return heard.kind is not CatchKind.EXIT and number in (0, heard.number)
        case Crashes():
            return heard.kind is CatchKind.CRASH
        case Exits():
            return heard.kind is CatchKind.EXIT and (not condition.nonzero or heard.number != 0)
        case _:
            return False
