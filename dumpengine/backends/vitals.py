"""What process lists and watches ask of a process again and again, cheap on every system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dumpengine.errors import Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Facts that change, and the start time that tells one bearer of an id from the next.

    ``title`` is the kernel's own short name; when it changes, the process runs another program.
    ``cpu_seconds`` is processor time used so far, ``rss`` bytes; None is what cannot be read.
    ``status`` uses psutil's words.
    """

    started: float
    title: str
    ppid: int
    status: str
    kernel: bool = False
    cpu_seconds: float | None = None
    rss: int | None = None
    threads: int | None = None
    obstacle: Obstacle | None = None


class Measure(Enum):
    """What can be read of a process again and again."""

    CPU = "cpu"  # percent of one processor, between two readings
    MEMORY = "memory"  # resident bytes
    THREADS = "threads"
    HANDLES = "handles"


class Gauge(Protocol):
    """Reads one process, by identity: it never reads another that got its number."""

    def read(self, measures: frozenset[Measure]) -> Mapping[Measure, float] | None:
        """Return what is asked for and nothing else; None when the process has ended.

        CPU is missing in the first reading. Raises OSError for what may not be read.
        """
        ...

    def fileno(self) -> int:
        """Return a descriptor that is readable once the process has ended; -1 for none."""
        ...

    def ended(self) -> str | None:
        """Return how the process ended, as CaptureResult.target_ended; None while it lives."""
        ...

    def close(self) -> None:
        """Stop reading."""
        ...


class StandstillKind(Enum):
    """Why a thread does not run."""

    LOCK = "lock"  # a futex; who holds it, if anybody, its memory tells
    TRANSFER = "transfer"  # of a file, a device or a pipe
    WORK = "work"  # it waits for something to do, is stopped, or runs


@dataclass(frozen=True, slots=True)
class Standstill:
    """What a thread stands still for: of a transfer with its words. ``name`` is the thread's."""

    kind: StandstillKind
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class RunTime:
    """Nanoseconds that a thread ``ran``, and that it ``wanted`` to: on a busy machine it waits."""

    ran: int
    wanted: int


class ThreadGauge(Protocol):
    """Reads which threads of one process run."""

    def run_times(self) -> Mapping[int, RunTime]:
        """Return how long each thread has run so far, by id."""
        ...

    def standstill(self, tid: int) -> Standstill:
        """Return what a thread waits for that does not run."""
        ...
