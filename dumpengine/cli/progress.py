"""How far a capture is: a bar on a terminal, a line per phase elsewhere, or nothing."""

from __future__ import annotations

import sys
import time
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as RichProgress
from rich.text import Text

from dumpengine.callbacks import Phase, Progress
from dumpengine.cli.output import human_ms, human_size, is_terminal

# The target may stand still while we are told about progress, so a bar is only handed numbers,
# seldom, and drawn by a thread of its own.
_INTERVAL = 0.05


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
        size = f" ({human_size(progress.total)})" if progress.total else ""
        print(f"{progress.phase.value}{size}", file=sys.stderr, flush=True)

    def cancelling(self) -> None:
        """See ProgressView."""
        print("cancelling", file=sys.stderr, flush=True)

    def close(self) -> None:
        """See ProgressView."""


class _PauseColumn(ProgressColumn):
    """How long the target has stood still, and whether it runs again."""

    def render(self, task: Task) -> Text:
        pause_ms: float = task.fields["pause_ms"]
        if not pause_ms:
            return Text("")
        text = f"stood still {human_ms(pause_ms)}"
        return Text(text + (" and runs again" if task.fields["running"] else ""))


class BarView:
    """A bar with bytes, rate and time left, drawn on stderr and gone at the end."""

    def __init__(self) -> None:
        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            _PauseColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task(
            Phase.PREPARING.value, total=None, pause_ms=0.0, running=True
        )
        self._phase: Phase | None = None
        self._next = 0.0
        self._cancelling = False
        self._bar.start()

    def show(self, progress: Progress) -> None:
        """See ProgressView."""
        now = time.monotonic()
        if now < self._next and progress.phase is self._phase:
            return
        self._phase, self._next = progress.phase, now + _INTERVAL
        if progress.total:  # phases without bytes of their own leave the bar as it is
            self._bar.update(self._task, completed=progress.done, total=progress.total)
        self._bar.update(
            self._task,
            description="cancelling" if self._cancelling else progress.phase.value,
            pause_ms=progress.pause_ms,
            running=progress.running,
        )

    def cancelling(self) -> None:
        """See ProgressView."""
        # Called from a signal handler, which may have interrupted the drawing thread's lock
        # holder: only remember it, the next progress draws it.
        self._cancelling = True

    def close(self) -> None:
        """See ProgressView."""
        self._bar.stop()


def progress_view(*, silent: bool) -> ProgressView:
    """Return the view that fits where stderr goes."""
    if silent:
        return NoView()
    return BarView() if is_terminal(sys.stderr) else LinesView()
