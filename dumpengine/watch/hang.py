"""Hangs without a window: held locks, transfers that do not end, threads that go round in circles.

Whoever waits for work hangs not: poll, epoll, accept, condition variables, sleep, children, joins,
terminals, sockets, standard input. Which threads run is read from the system; a process is stopped,
for milliseconds, only to see whether a thread that computes without a pause makes progress.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from dumpengine.backends.choose import backend
from dumpengine.backends.vitals import RunTime, StandstillKind, ThreadGauge
from dumpengine.capture.write_dump import capture_dump
from dumpengine.dump_types import PRESETS
from dumpengine.errors import DumpError
from dumpengine.options import CaptureOptions
from dumpengine.processes.listing import ProcessKey
from dumpengine.read.dump import read_dump
from dumpengine.stacks.files import Files
from dumpengine.stacks.look import look
from dumpengine.stacks.model import ThreadStack, Wait
from dumpengine.stacks.record import with_locks
from dumpengine.stacks.waits import with_waits
from dumpengine.watch.conditions import Hangs, duration
from dumpengine.watch.judging import Sample

_IDLE = 0.05  # of the time a thread that always runs, or waits for a processor, may do neither
_LAG = 0.1  # seconds: the kernel counts a wait for a processor only when it is over
_AGAIN = 10  # times as long until a thread is looked at again that makes progress
_LOOKS = 3
_BETWEEN = 0.1  # seconds
_HELD = ("mutex", "rwlock")

Through = Callable[[], AbstractContextManager[Any] | None]


@dataclass(slots=True)
class _Thread:
    """Since when a thread has not run, or has run all the time; and whether that was looked at."""

    run: RunTime
    still_since: float
    busy_since: float
    wanted_then: int
    judged_still: bool = False
    not_before: float = 0.0


@dataclass(slots=True)
class HangJudge:
    """See :class:`dumpengine.watch.judging.Judge`."""

    condition: Hangs
    key: ProcessKey
    gauge: ThreadGauge
    through: Through = lambda: None
    _threads: dict[int, _Thread] = field(default_factory=dict)

    def start_anew(self) -> None:
        """Forget what was seen."""
        self._threads.clear()

    def look(self, sample: Sample) -> str:
        """See Judge."""
        self._note(self.gauge.run_times(), sample.when)
        return next(self._reasons(sample.when), "")

    def _note(self, times: Mapping[int, RunTime], now: float) -> None:
        for tid, run in times.items():
            thread = self._threads.setdefault(tid, _Thread(run, now, now, run.wanted))
            if run.ran != thread.run.ran:
                thread.still_since, thread.judged_still = now, False
            passed = now - thread.busy_since
            if passed - (run.wanted - thread.wanted_then) / 1e9 > _IDLE * passed + _LAG:
                thread.busy_since, thread.wanted_then = now, run.wanted
            thread.run = run
        self._threads = {tid: self._threads[tid] for tid in times}

    def _reasons(self, now: float) -> Iterator[str]:
        seconds = self.condition.seconds
        still = [
            tid
            for tid, thread in self._threads.items()
            if not thread.judged_still and now - thread.still_since >= seconds
        ]
        yield from self._stands_still(still)
        busy = [
            tid
            for tid, thread in self._threads.items()
            if now - thread.busy_since >= seconds and now >= thread.not_before
        ]
        yield from self._goes_round(busy, now)

    def _stands_still(self, threads: list[int]) -> Iterator[str]:
        lasted = duration(self.condition.seconds)
        locked = []
        for tid in threads:
            self._threads[tid].judged_still = True
            found = self.gauge.standstill(tid)
            if found.kind is StandstillKind.LOCK:
                locked.append(tid)
            elif found.kind is StandstillKind.TRANSFER and tid == self.key.pid:
                yield f"its main thread has waited {lasted} for {found.words}"
        if locked:
            for wait in held_locks(self.key):
                if wait.thread in locked and wait.owner is not None:
                    holder = f"{wait.owner.name} ({wait.owner.thread})"
                    yield f"thread {wait.thread} has waited {lasted} for a lock that {holder} holds"

    def _goes_round(self, threads: list[int], now: float) -> Iterator[str]:
        if not threads:
            return
        looks = []
        for number in range(_LOOKS):
            time.sleep(_BETWEEN if number else 0)
            looks.append(self._stacks())
        for tid in threads:
            self._threads[tid].not_before = now + _AGAIN * self.condition.seconds
            if (where := _the_same(looks, tid)) is not None:
                lasted = duration(self.condition.seconds)
                yield f"thread {tid} has computed for {lasted} without leaving {where}"

    def _stacks(self) -> dict[int, ThreadStack]:
        memory = io.BytesIO()
        options = CaptureOptions(dump_type=PRESETS["mini"].value)
        try:
            capture_dump(self.key, memory, options, through=self.through())
        except DumpError:
            return {}
        with read_dump(memory.getvalue()) as dump:
            return {
                each.id: each for each in look(dump.snapshot(), Files((), self.key.pid)).threads
            }


def _the_same(looks: list[dict[int, ThreadStack]], tid: int) -> str | None:
    """Return the function that a thread did not leave: all but its innermost frames are alike."""
    if any(tid not in each for each in looks):
        return None
    outer = [
        tuple((frame.module, frame.offset) for frame in reversed(each[tid].frames[1:]))
        for each in looks
    ]
    least = min(map(len, outer))
    if not least or len({frames[:least] for frames in outer}) != 1:
        return None
    inner = {each[tid].frames[0].function for each in looks}
    frame = looks[0][tid].frames[0 if len(inner) == 1 and inner != {""} else -least]
    return f"{frame.function.removesuffix('()')}()" if frame.function else frame.module


def held_locks(key: ProcessKey) -> tuple[Wait, ...]:
    """Return the waits for locks with a known holder, read from the memory as the process runs."""
    try:
        with backend().observe(key.pid, key.started) as seen:
            snapshot = with_locks(seen)
            threads = [ThreadStack(id=each.tid, name=each.name) for each in snapshot.threads]
            _, waits = with_waits(snapshot, threads)
    except DumpError:
        return ()
    return tuple(wait for wait in waits if wait.kind in _HELD and wait.owner is not None)
