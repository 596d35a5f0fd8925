"""How far a capture is: a bar on a terminal, a line per phase elsewhere, or nothing."""

from __future__ import annotations

import sys
from typing import Protocol

from dumpengine.callbacks import Phase, Progress
from dumpengine.cli.output import is_terminal
from dumpengine.text import size_text


class ProgressView(Protocol):
    """Shows progress; ``show`` is called very often and must return at once."""

    def show(self, progress: Progress) -> None:
        """Take note of where the capture is."""
        ...

    def cancelling(self) -> None:
        """Say that a cancel was asked for and is on its way."""
        ...

    def close(self) -> None:
        """Remove what should not stay on the screen."""
        ...


class NoView:
    """Shows nothing."""

    def show(self, progress: Progress) -> None:
        """See ProgressView."""

    def cancelling(self) -> None:
        """See ProgressView."""

    def close(self) -> None:
        """See ProgressView."""


class LinesView:
    """A line on stderr for every phase, for logs and pipes."""

    def __init__(self) -> None:
        self._phase: Phase | None = None

    def show(self, progress: Progress) -> None:
        """See ProgressView."""
        if progress.phase is self._phase:
            return
        self._phase = progress.phase
        size = f" ({size_text(progress.total)})" if progress.total else ""
        print(f"{progress.phase.value}{size}", file=sys.stderr, flush=True)

    def cancelling(self) -> None:
        """See ProgressView."""
        print("cancelling", file=sys.stderr, flush=True)

    def close(self) -> None:
        """See ProgressView."""


def progress_view(*, silent: bool) -> ProgressView:
    """Return the view that fits where stderr goes."""
    if silent:
        return NoView()
    if not is_terminal(sys.stderr):
        return LinesView()
    from dumpengine.cli.progress_bar import BarView  # rich takes its time to load

    return BarView()
