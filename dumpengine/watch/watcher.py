"""The loop: look at every process, fire, dump, until nothing is left to be watched."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from dumpengine.backends.protocol import CatchKind, Caught, Guard, LetGo
from dumpengine.dump_types import PRESETS, validate
from dumpengine.errors import E_FAIL, DumpError
from dumpengine.options import CaptureOptions
from dumpengine.processes.listing import ProcessKey, key_of
from dumpengine.watch.alarm import Alarm
from dumpengine.watch.arming import TRACED, refuse_unreadable
from dumpengine.watch.conditions import Above, Condition, Every, Grows, Hangs, measures_of
from dumpengine.watch.events import Armed, Dumped, Ended, Event, Failed, Fired, Sampled
from dumpengine.watch.firing import StopCallback, write
from dumpengine.watch.judging import Sample
from dumpengine.watch.places import Place
from dumpengine.watch.plan import Plan
from dumpengine.watch.targets import Given, Targets
from dumpengine.watch.watched import Reason, Shot, Watched

_INTERVAL = 1.0  # seconds between two looks
_SHORTEST = 0.05
_NEWCOMERS = 0.5  # seconds between two looks for processes of a name
_LOOKS = 4  # at least, within the time that a condition must last


class Outcome(Enum):
    """Why a watch is over."""

    DONE = "done"
    FAILED = "failed"  # a dump that was due could not be written
    LIMIT = "limit"
    STOPPED = "stopped"


class Watcher:
    """Carries out a plan; ``tell`` hears of each event, on the thread that runs it."""

    def __init__(self, plan: Plan, targets: Targets, tell: Callable[[Event], None]) -> None:
        self._plan = plan
        self._targets = targets
        self._tell = tell
        self._place = Place(plan)
        self._measures = measures_of(plan.conditions)
        self._interval = interval_of(plan.conditions)
        self._alarm = Alarm()
        self._watched: dict[ProcessKey, Watched] = {}
        self._tick = time.monotonic() + self._interval
        self._stopping = False
        self._asked = False
        self._limit = ""
        self._failures = 0
        self._dumps = 0

    def stop(self) -> None:
        """End the watch soon; a capture is cancelled. From any thread or signal handler."""
        self._stopping = True
        self._alarm.ring()

    def dump_now(self) -> None:
        """Dump what is watched soon, though nothing happened; it counts for no limit of firings.

        From any thread: who traces a process for crashes is the only one that can dump it.
        """
        self._asked = True
        self._alarm.ring()

    def run(self) -> Outcome:
        """Watch until it is over; raises DumpError when what was asked for cannot be armed."""
        try:
            self._meet()
            while (self._watched or self._targets.lasting) and not (self._stopping or self._limit):
                self._look()
                self._alarm.wait_until(self._next_time())
                self._meet()
            return self._end()
        finally:
            for watched in list(self._watched.values()):
                self._drop(watched)
            self._alarm.close()

    def _end(self) -> Outcome:
        why, outcome = "Nothing is left to be watched.", Outcome.DONE
        if self._limit:
            why, outcome = f"The watch has ended: {self._limit}", Outcome.LIMIT
        elif self._stopping:
            why, outcome = "The watch was stopped; everything runs on.", Outcome.STOPPED
        elif self._failures:
            outcome = Outcome.FAILED
        self._tell(Ended(pid=0, name=self._targets.name, why=why, dumps=self._dumps))
        return outcome

    def _meet(self) -> None:
        """Arm what is new."""
        for key in self._targets.newcomers():
            try:
                self._arm(key)
            except DumpError as error:
                if self._targets.strict:
                    raise
                name = self._targets.name_of(key)
                self._tell(Failed(pid=key.pid, name=name, reasons=(), error=error))
        self._targets.armed()

    def _arm(self, key: ProcessKey) -> None:
        """Make sure now of what the dump will need; raises DumpError."""
        refuse_unreadable(key.pid)
        self._place.check(key)
        watched = Watched.begin(key, self._targets.name_of(key), self._plan)
        self._watched[key] = watched
        for fd in watched.descriptors():
            self._alarm.add(fd)
        words = tuple(condition.words for condition in self._plan.conditions)
        notes = (TRACED,) if watched.guard else ()
        self._tell(Armed(pid=key.pid, name=watched.name, conditions=words, notes=notes))

    def _drop(self, watched: Watched) -> None:
        del self._watched[watched.key]
        for fd in watched.descriptors():
            self._alarm.remove(fd)
        watched.close()

    def _next_time(self) -> float:
        dues = [each.coming.due for each in self._watched.values() if each.coming]
        soon = time.monotonic() + _NEWCOMERS
        return min([self._tick, *dues, *([soon] if self._targets.lasting else [])])

    def _look(self) -> None:
        now = time.monotonic()
        is_tick = now >= self._tick
        asked, self._asked = self._asked, False
        if is_tick:
            self._tick = max(self._tick + self._interval, now)
        for watched in list(self._watched.values()):
            if self._stopping or self._limit:
                return
            if watched.guard and (heard := watched.guard.hear()):
                self._hear(watched, watched.guard, heard)
            elif (how := watched.gauge.ended()) is not None:
                self._has_ended(watched, how)
            elif asked:
                self._dump_asked(watched)
            elif watched.coming and now >= watched.coming.due:
                self._dump(watched, watched.coming)
            elif is_tick and not watched.coming:
                self._sample(watched)

    def _hear(self, watched: Watched, guard: Guard, heard: Caught | LetGo) -> None:
        """Deal with what the guard of a process has noticed."""
        if isinstance(heard, LetGo):
            self._alarm.remove(guard.fileno())
            watched.let_go()
            if heard.why:
                self._give_up(watched, DumpError(E_FAIL, heard.why, pid=watched.key.pid))
            return
        try:
            if reasons := watched.caught(heard, self._plan.conditions):
                self._fire(watched, reasons, is_last=heard.kind is not CatchKind.FIRST_CHANCE)
        finally:
            if watched.guard is not None:  # else it was let go, and goes on
                guard.go_on()

    def _sample(self, watched: Watched) -> None:
        try:
            values = watched.gauge.read(self._measures)
        except OSError as error:
            failure = DumpError.from_os_error(error, pid=watched.key.pid)
            self._give_up(watched, failure)
            return
        if values is None:
            return  # it ends just now; the next look says how
        sample = Sample(time.monotonic(), values)
        if values:
            self._tell(Sampled(pid=watched.key.pid, name=watched.name, values=values))
        if reasons := watched.reasons(sample):
            self._fire(watched, reasons)

    def _fire(
        self, watched: Watched, reasons: tuple[Reason, ...], *, is_last: bool = False
    ) -> None:
        """Dump a process; with ``is_last`` it ends then, and there is nothing more to come."""
        watched.fired += 1
        shot = Shot(reasons, of=1 if is_last else self._plan.series)
        self._tell(Fired(pid=watched.key.pid, name=watched.name, reasons=shot.words))
        self._dump(watched, shot)

    def _dump(self, watched: Watched, shot: Shot) -> None:
        """Write one dump, and see what comes next for the process."""
        due = time.monotonic() + self._plan.apart
        done = self._write(watched, shot)
        if done is None:
            return
        watched.coming = shot.next(due) if done else None
        if watched.coming:
            return
        watched.fired -= not done and shot.number == 1  # it is still to be dumped
        watched.dumped(self._plan.spacing)
        if watched.fired >= self._plan.count:
            self._leave(watched, f"{watched.name} ({watched.key.pid}) is watched no more.")

    def _dump_asked(self, watched: Watched) -> None:
        shot = Shot((Reason("now", "asked for"),))
        self._tell(Fired(pid=watched.key.pid, name=watched.name, reasons=shot.words))
        self._write(watched, shot)

    def _write(self, watched: Watched, shot: Shot) -> bool | None:
        """Write a dump; returns whether it is there, None when the watch is to end before."""
        self._limit = self._place.limit_reached()
        if self._limit:
            return None
        event = write(watched, shot, self._place, StopCallback(lambda: self._stopping))
        if self._stopping and isinstance(event, Failed):
            return None
        self._tell(event)
        done = isinstance(event, Dumped)
        self._dumps += done
        self._failures += not done
        self._limit = self._place.limit_reached()
        return done

    def _give_up(self, watched: Watched, error: DumpError) -> None:
        self._failures += 1
        self._tell(Failed(pid=watched.key.pid, name=watched.name, reasons=(), error=error))
        self._leave(watched, f"{watched.name} ({watched.key.pid}) cannot be watched any more.")

    def _has_ended(self, watched: Watched, how: str) -> None:
        said = "" if how == "unknown" else f": {how}"
        self._leave(watched, f"{watched.name} ({watched.key.pid}) has ended{said}.")

    def _leave(self, watched: Watched, why: str) -> None:
        self._drop(watched)
        self._tell(Ended(pid=watched.key.pid, name=watched.name, why=why, dumps=watched.dumps))


def watch_process(
    target: int | ProcessKey,
    conditions: Iterable[Condition],
    folder: str | os.PathLike[str],
    *,
    dump_type: int = PRESETS["mini"].value,
    tell: Callable[[Event], None] = lambda _: None,
    **more: Any,
) -> Outcome:
    """Watch a process until a condition is true, and dump it into ``folder``; blocks meanwhile.

    ``tell`` hears of each event as it happens; ``more`` are the fields of :class:`Plan` (``count``,
    ``spacing``, ``series``, ...). For all processes of a name, or to be able to stop, make a
    :class:`Watcher`. Raises DumpError when the process could not be dumped now.
    """
    key = target if isinstance(target, ProcessKey) else key_of(target)
    options = CaptureOptions(dump_type=validate(dump_type))
    plan = Plan(conditions=tuple(conditions), options=options, folder=Path(folder), **more)
    return Watcher(plan, Given([key]), tell).run()


def interval_of(conditions: Sequence[Condition]) -> float:
    """Return the seconds between two looks that do justice to what is waited for."""
    spans = [_span(condition) for condition in conditions]
    return max(_SHORTEST, min([_INTERVAL, *(span / _LOOKS for span in spans if span)]))


def _span(condition: Condition) -> float:
    return condition.seconds if isinstance(condition, Above | Grows | Every | Hangs) else 0.0
