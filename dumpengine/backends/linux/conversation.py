"""What the tracer process and we say to each other.

A :class:`Hold` goes in; a :class:`Held`, or the DumpError, comes out; then anything, or the end,
lets the target go, and a :class:`Released` comes out. The end of the conversation also ends the
image.

Or a :class:`Guard` goes in, and a :class:`Guarding` comes out: the process runs on, traced. Now and
then a :class:`Caught` comes out, and the process stands still for it until a :class:`GoOn` goes in.
At any time a Hold may go in, as above. A :class:`LetGo` comes out when it is traced no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dumpengine.backends.protocol import Catches

if TYPE_CHECKING:  # our side starts the tracer before it imports what it will get from it
    from dumpengine.backends.linux.image import Image
    from dumpengine.snapshot import Absent, ExceptionRecord, ProcessInfo, Registers, SoftError


@dataclass(frozen=True, slots=True)
class Hold:
    """Stop this process; ``clone`` asks for an image of its memory, ``extended`` for XSAVE.

    With ``only_look`` it runs on before the answer goes out, image or not: it is the one that waits
    for the answer. With ``stay`` it never does, image or not; with ``whole`` not where the image
    lacks some of its memory, which can only be had of itself then.
    """

    pid: int
    started: float
    clone: bool
    extended: bool
    only_look: bool = False
    stay: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a process looked like when it stood still. Times are ``time.perf_counter()``.

    ``exception`` is what a process that is watched has stopped for, if it is a crash.
    ``restarted`` names the system calls that we interrupted and that are made again. ``image`` is
    there when the memory was cloned; the process runs again since ``released_at``.
    """

    registers: dict[int, Registers | Absent]
    info: ProcessInfo
    maps: bytes
    image: Image | Absent
    problems: tuple[SoftError, ...]
    restarted: tuple[str, ...]
    stopped_at: float
    released_at: float | None
    exception: ExceptionRecord | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """The process runs again since then, unless it was ``killed`` while it stood still."""

    released_at: float
    killed: bool


@dataclass(frozen=True, slots=True)
class Guard:
    """Trace this process for what it is asked to be held for: see backends.protocol.Catches."""

    pid: int
    started: float
    catches: Catches


@dataclass(frozen=True, slots=True)
class Guarding:
    """The process is traced from now on."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """What the process was caught for takes its course."""
