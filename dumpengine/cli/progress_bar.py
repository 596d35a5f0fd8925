"""A bar with bytes, rate and time left, for a terminal."""

from __future__ import annotations

import sys
import time

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
from dumpengine.cli.output import drawn_on, human_ms

# The target may stand still while we are told about progress, so a bar is only handed numbers,
# seldom, and drawn by a thread of its own.
_INTERVAL = 0.05


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
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(compact=True),
            _PauseColumn(),
            console=Console(file=drawn_on(sys.stderr)),
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
