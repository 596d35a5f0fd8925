"""What a system must be able to do; types only. :mod:`dumpengine.backends.choose` chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from dumpengine.backends.vitals import ThreadGauge
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import Obstacle

if TYPE_CHECKING:  # the process list asks for a back-end; it needs nothing that captures
    from dumpengine.job import Captured, CaptureJob
    from dumpengine.snapshot import Range, Snapshot


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes a dump would take: in all, and what each memory flag would take alone."""

    total: int
    by_flag: Mapping[MinidumpType, int]


class Frozen(Protocol):
    """A process held for copying; its snapshot is valid until the context ends."""

    @property
    def snapshot(self) -> Snapshot:
        """What the process looked like at that moment."""
        ...

    @property
    def cloned(self) -> bool:
        """Whether its memory was cloned, so that it may run while it is copied."""
        ...

    @property
    def no_clone(self) -> str:
        """Why there is no clone, when one was wanted."""
        ...

    @property
    def restarted(self) -> tuple[str, ...]:
        """Names of system calls that the stop interrupted and that are made again."""
        ...

    @property
    def uncopied(self) -> Sequence[Range]:
        """Memory that a clone lacks: to be read before the process is released."""
        ...

    @property
    def pause_ms(self) -> float:
        """How long the target has stood still, in milliseconds."""
        ...

    @property
    def running(self) -> bool:
        """Whether the target runs again."""
        ...

    @property
    def ended(self) -> str | None:
        """How the target ended meanwhile, None while it lives; as CaptureResult.target_ended."""
        ...

    def release(self) -> None:
        """Let the target run on: everything needed of it has been copied. Harmless twice."""
        ...


@dataclass(frozen=True, slots=True)
class Freezes:
    """Ready for one capture: the process is held, and our own writer writes its snapshot.

    ``hold`` makes sure of the process's identity; entering what it returns stops it.
    """

    hold: Callable[[CaptureJob], AbstractContextManager[Frozen]]


@dataclass(frozen=True, slots=True)
class Writes:
    """Ready for one capture: the system's own writer writes it to the job's sink."""

    capture: Callable[[CaptureJob], Captured]


@dataclass(frozen=True, slots=True, kw_only=True)
class Catches:
    """What a guarded process is to be held still for.

    ``crash``: a signal that it does not survive. ``first``: one that it may handle, too; only
    number ``code`` if that is not 0. ``exit``: its end by itself, while its memory is still there.
    """

    crash: bool = False
    first: bool = False
    code: int = 0
    exit: bool = False


class CatchKind(Enum):
    """What a process was caught at."""

    CRASH = "crash"
    FIRST_CHANCE = "first chance"
    EXIT = "exit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """The process stands still because of this.

    ``number`` is the signal's, or of an exit the status as wait(2) has it.
    """

    kind: CatchKind
    tid: int
    number: int
    words: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """The process is guarded no more, and runs on; ``why`` is a sentence, empty at its end."""

    why: str


class Guard(Protocol):
    """Stays with one process, holds it still when something happens to it, and lets it go on.

    Whoever of us dies, the process runs on as if nobody had been there.
    """

    def fileno(self) -> int:
        """Return a descriptor that is readable when there is something to :meth:`hear`."""
        ...

    def hear(self) -> Caught | LetGo | None:
        """Return what has happened; None when there is nothing (more)."""
        ...

    def go_on(self) -> None:
        """Let what it was caught for take its course."""
        ...

    def ready(self) -> AbstractContextManager[Freezes]:
        """Get ready for a capture through this guard: nobody else could hold the process now."""
        ...

    def close(self) -> None:
        """Let the process go."""
        ...


class Launched(Protocol):
    """A program that has been started and waits with its first instruction, where it can."""

    @property
    def pid(self) -> int:
        """The process id."""
        ...

    def begin(self) -> None:
        """Let it run; harmless twice."""
        ...

    def abandon(self) -> None:
        """End it if it was not let run."""
        ...

    def wait(self) -> int:
        """Wait for its end; return its exit code, negative for a signal."""
        ...


class Backend(Protocol):
    """One system. All methods raise DumpError; the target runs on whatever happens."""

    def ready(self) -> AbstractContextManager[Freezes | Writes]:
        """Get ready for one capture."""
        ...

    def estimate(self, pid: int, started: float, dump_type: MinidumpType) -> Estimate | None:
        """Tell the size before writing; None where our own writer measures a snapshot."""
        ...

    def observe(self, pid: int, started: float) -> AbstractContextManager[Snapshot]:
        """Describe a running process without stopping it."""
        ...

    def guard(self, pid: int, started: float, catches: Catches) -> Guard:
        """Stay with a process from now on; NOTIMPL where that cannot be done."""
        ...

    def thread_gauge(self, pid: int) -> ThreadGauge:
        """Return what reads which threads of a process run; NOTIMPL where that cannot be done."""
        ...

    def launch(self, command: Sequence[str]) -> Launched:
        """Start a program with our standard streams; raises DumpError when there is none."""
        ...

    def why_not(self, pid: int) -> Obstacle | None:
        """Tell what would keep us from dumping the process; None when nothing seems to."""
        ...

    def serves(self, pid: int, fd: int) -> bool:
        """Whether the process serves the file system on which the open file ``fd`` lies.

        It could take nothing that is written there while it stands still.
        """
        ...

    def check_process(self, handle: int, pid: int, dump_type: int) -> float:
        """Make sure of a caller's handle: that it is the process's and has the rights a dump takes.

        Returns when the process started, 0.0 when that is not known. -1 is this very process.
        """
        ...

    def open_file(self, handle: int) -> int:
        """Return a descriptor of our own for a caller's handle of a file open for writing."""
        ...
