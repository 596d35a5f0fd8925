"""What an interpreter in the process ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dumpengine.snapshot.absent import Absent


@dataclass(frozen=True, slots=True)
class ScriptFrame:
    """A frame of an interpreted language. ``entered`` says that machine code called it."""

    function: str
    file: str = ""
    line: int | None = None
    entered: bool = False


@dataclass(frozen=True, slots=True)
class Scripts:
    """What an interpreter ran: its frames by thread id, the innermost first.

    ``version`` is the interpreter's; ``lock_holder`` the thread that holds its global lock, 0 for
    none, and ``lock_waiters`` those that wait for it.
    """

    language: str
    version: str
    frames: Mapping[int, tuple[ScriptFrame, ...]]
    lock_holder: int = 0
    lock_waiters: frozenset[int] = frozenset()


NO_INTERPRETER = Absent("it runs no interpreter that is known")
