"""One look at a time, walked in a process of its own, never in the window's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from dumpengine import Stacks
from gui.background import Background


class Walk(Protocol):
    """A look that blocks; see :class:`dumpengine.StackWalk`."""

    def run(self) -> Stacks:
        """Return the stacks; raises DumpError."""
        ...

    def cancel(self) -> None:
        """End it; from any thread, returns at once."""
        ...


class Looker(QObject):
    """Main thread.

    Signals:
        looked: the stacks of the last look that was asked for.
        failed: the error instead.
    """

    looked = Signal(object)
    failed = Signal(object)

    def __init__(self, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._background = background
        self._walk: Walk | None = None

    @property
    def busy(self) -> bool:
        """Whether a look is on its way."""
        return self._walk is not None

    def look(self, walk: Walk) -> None:
        """Begin; a look that is on its way is given up."""
        self.cancel()
        self._walk = walk
        self._background.run(
            self,
            walk.run,
            lambda stacks: self._end(walk, lambda: self.looked.emit(stacks)),
            lambda error: self._end(walk, lambda: self.failed.emit(error)),
        )

    def cancel(self) -> None:
        """Give up what is on its way; nothing is emitted for it."""
        if self._walk is not None:
            self._walk.cancel()
            self._walk = None

    def _end(self, walk: Walk, tell: Callable[[], None]) -> None:
        if walk is self._walk:
            self._walk = None
            tell()
