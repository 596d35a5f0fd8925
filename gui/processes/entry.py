"""A row of the list: what the engine says, and what only the list knows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum

from dumpengine import ProcessKey, ProcessRow
from gui.i18n import tr
from gui.titles.facts import NO_WINDOWS, ProcessWindows

# A ProcessKey as a plain tuple: hashed and compared in C, which counts with thousands of rows.
Ident = tuple[int, float]


def ident(key: ProcessKey) -> Ident:
    """Return the key as the list's own tables use it."""
    return key.pid, key.started


class Mark(Enum):
    """Whether a process has just come or gone."""

    NONE = "none"
    NEW = "new"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Entry:
    """One process as the list shows it; the windows are those of the last look it was alive at."""

    row: ProcessRow
    mark: Mark = Mark.NONE
    windows: ProcessWindows = NO_WINDOWS

    @property
    def key(self) -> ProcessKey:
        """Identity: id and start time."""
        return self.row.key

    @property
    def dumpable(self) -> bool:
        """Whether a dump can be tried."""
        return self.row.dumpable and self.mark is not Mark.ENDED

    @property
    def needs_rights(self) -> bool:
        """Whether it is someone else's, so that an administrator could dump it."""
        row = self.row
        alive = self.mark is not Mark.ENDED and row.status != "zombie"
        others = row.user is not None and not row.mine and not row.kernel
        return alive and others and not row.dumpable

    def runs(self, exe: str) -> bool:
        """Whether it is alive and of this program, a path or a name."""
        names = map(os.path.normcase, (self.row.exe or "", self.row.name))
        return self.mark is not Mark.ENDED and os.path.normcase(exe) in names

    @property
    def refusal(self) -> str:
        """Why it cannot be dumped, as a sentence; empty when it can."""
        if self.mark is Mark.ENDED:
            return tr("This process has ended.")
        if self.row.dumpable:
            return ""
        return self.row.reason or tr("This process cannot be dumped.")

    @property
    def hung(self) -> bool:
        """Whether the system says that it does not answer; a stopped one cannot be asked to."""
        alive = self.mark is not Mark.ENDED
        return self.windows.hung and alive and self.row.status != "stopped"

    @property
    def state(self) -> str:
        """The State column: words, empty for a process like any other."""
        if self.mark is Mark.ENDED:
            return tr("ended")
        words = []
        if not self.row.dumpable:
            words.append(self.row.label or self.row.reason.rstrip("."))
        if self.row.status == "stopped":
            words.append(tr("stopped"))
        if self.hung:
            words.append(tr("not responding"))
        if self.mark is Mark.NEW:
            words.append(tr("new"))
        return ", ".join(words)
