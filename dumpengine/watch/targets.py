"""Which processes are watched: given ones, all of a name, or a command that is started for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dumpengine.processes.bearers import Bearers
from dumpengine.processes.listing import ProcessKey
from dumpengine.text import printable


class Targets(Protocol):
    """Where processes to watch come from.

    ``lasting``: more may come, and one that cannot be watched is no reason to give up.
    """

    lasting: bool
    name: str  # of the whole, for sentences

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
    name: str = field(default="the process", init=False)

    def newcomers(self) -> Sequence[ProcessKey]:
        """See Targets."""
        keys, self.keys = self.keys, ()
        return keys

    def armed(self) -> None:
        """They run already."""


class Named:
    """All processes that bear a name, now or later."""

    lasting = True

    def __init__(self, name: str) -> None:
        self.name = f"programs called {printable(name)}"
        self._bearers = Bearers(name)

    def newcomers(self) -> Sequence[ProcessKey]:
        """See Targets."""
        return self._bearers.look()

    def armed(self) -> None:
        """They run already."""
