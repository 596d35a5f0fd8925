"""Which processes are watched: given ones, all of a name, or a command that is started for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Protocol

from dumpengine.backends.choose import backend
from dumpengine.processes.bearers import Bearers
from dumpengine.processes.descendants import Descendants
from dumpengine.processes.listing import ProcessKey, key_of, process_name
from dumpengine.text import printable


class Targets(Protocol):
    """Where processes to watch come from.

    ``lasting``: more may come when none is left. ``strict``: one that cannot be watched is a reason
    to give up.
    """

    @property
    def lasting(self) -> bool:
        """See above."""
        ...

    @property
    def strict(self) -> bool:
        """See above."""
        ...

    name: str  # of the whole, for sentences

    def name_of(self, key: ProcessKey) -> str:
        """Return what a newcomer is called."""
        ...

    def newcomers(self) -> Sequence[ProcessKey]:
        """Return those that are there since the last time; raises DumpError."""
        ...

    def armed(self) -> None:
        """The newcomers are watched now."""
        ...


@dataclass(slots=True)
class Given:
    """Processes that are there."""

    keys: Sequence[ProcessKey]
    lasting: bool = field(default=False, init=False)
    strict: bool = field(default=True, init=False)
    name: str = field(default="the process", init=False)

    def newcomers(self) -> Sequence[ProcessKey]:
        """See Targets."""
        keys, self.keys = self.keys, ()
        return keys

    def name_of(self, key: ProcessKey) -> str:
        """See Targets."""
        return process_name(key)

    def armed(self) -> None:
        """They run already."""


class Named:
    """All processes that bear a name, now or later."""

    lasting = True
    strict = False

    def __init__(self, name: str) -> None:
        self.name = f"programs called {printable(name)}"
        self._bearers = Bearers(name)

    def newcomers(self) -> Sequence[ProcessKey]:
        """See Targets."""
        return self._bearers.look()

    def name_of(self, key: ProcessKey) -> str:
        """See Targets."""
        return process_name(key)

    def armed(self) -> None:
        """They run already."""


class Tree:
    """A process and all that it starts, and that those start, now or later."""

    lasting = False

    def __init__(self, key: ProcessKey) -> None:
        self.name = f"{process_name(key)} and what it starts"
        self._descendants = Descendants(key, deep=True)
        self._root: list[ProcessKey] = [key]

    @property
    def strict(self) -> bool:
        """The process itself must be watched; what it starts may be another user's."""
        return bool(self._root)

    def newcomers(self) -> Sequence[ProcessKey]:
        """See Targets."""
        return self._root or self._descendants.look()

    def name_of(self, key: ProcessKey) -> str:
        """See Targets."""
        return process_name(key)

    def armed(self) -> None:
        """They run already."""
        self._root = []


class Command:
    """A command that is started, and watched before its first instruction."""

    lasting = False
    strict = True

    def __init__(self, words: Sequence[str]) -> None:
        self.name = printable(PurePath(words[0]).name)
        self._launched = backend().launch(words)
        self._new = [key_of(self._launched.pid)]

    def newcomers(self) -> Sequence[ProcessKey]:
        """See Targets."""
        keys, self._new = self._new, []
        return keys

    def name_of(self, key: ProcessKey) -> str:
        """See Targets."""
        del key
        return self.name

    def armed(self) -> None:
        """Let it begin; harmless twice."""
        self._launched.begin()

    def abandon(self) -> None:
        """End it if it has not begun."""
        self._launched.abandon()

    def exit_code(self) -> int:
        """Wait for its end; return its exit code as a shell says it: 128 and the signal."""
        code = self._launched.wait()
        return 128 - code if code < 0 else code
