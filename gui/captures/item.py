"""One capture as the window follows it."""

from __future__ import annotations

from collections import deque
from enum import Enum
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from dumpengine import CaptureRequest, CaptureResult, MinidumpType, Progress

LOG_LIMIT = 5000
_RATE_WINDOW = 2.0
_SETTLED = 1.0  # seconds of copying after which its speed says how long it will take
_SAMPLES = 600


class CaptureState(Enum):
    """Where a capture is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self in (CaptureState.DONE, CaptureState.FAILED, CaptureState.CANCELLED)


class CaptureItem(QObject):
    """What is known of a capture so far. Main thread; changed by the service alone.

    Signals:
        changed: something to show has changed.
        logged: lines (a tuple) were added to the callback log.
    """

    changed = Signal()
    logged = Signal(object)

    def __init__(self, request: CaptureRequest, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.request = request
        self.state = CaptureState.WAITING
        self.progress: Progress | None = None
        self.result: CaptureResult | None = None
        self.smaller: MinidumpType | None = None
        self.started_at = 0.0
        self.ended_at = 0.0
        self.last_activity = 0.0
        self.log: deque[str] = deque(maxlen=LOG_LIMIT)
        self._copied_since: tuple[float, int] | None = None
        self.samples: deque[tuple[float, int]] = deque(maxlen=_SAMPLES)

    @property
    def path(self) -> Path | None:
        """The dump's file, once there is one."""
        if self.result is None or not self.result.ok or self.result.path is None:
            return None
        return Path(self.result.path)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        if not self.started_at:
            return 0.0
        return (self.ended_at or monotonic()) - self.started_at

    @property
    def rate(self) -> float:
        """Bytes per second over the last moments; 0 while nothing can be said."""
        if len(self.samples) < 2:
            return 0.0
        newest, done = self.samples[-1]
        oldest, before = next(
            sample for sample in self.samples if newest - sample[0] <= _RATE_WINDOW
        )
        return (done - before) / (newest - oldest) if newest > oldest else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long it will take still, at the speed so far; None while nothing can be said.

        The speed of the last moments says nothing of it: what is left would jump to and fro.
        """
        if self.progress is None or not self.progress.total or self._copied_since is None:
            return None
        began, before = self._copied_since
        took, done = monotonic() - began, self.progress.done - before
        if took < _SETTLED or done <= 0:
            return None
        return (self.progress.total - self.progress.done) * took / done

    def offer_smaller(self, dump_type: MinidumpType) -> None:
        """There is room for this type, where there was none for what was asked."""
        self.smaller = dump_type
        self.changed.emit()

    def begin(self) -> None:
        """The helper is being started."""
        self.state = CaptureState.RUNNING
        self.started_at = self.last_activity = monotonic()
        self.changed.emit()

    def take(self, progress: Progress | None, lines: tuple[str, ...]) -> None:
        """A step forward; ``lines`` are the callbacks since the last one."""
        now = monotonic()
        if lines or (progress is not None and progress != self.progress):
            self.last_activity = now
        if progress is not None:
            self.progress = progress
            if progress.total:
                self._copied_since = self._copied_since or (now, progress.done)
                self.samples.append((now, progress.done))
        self.log.extend(lines)
        if lines:
            self.logged.emit(lines)
        self.changed.emit()

    def cancelling(self) -> None:
        """Cancel was asked for."""
        if not self.state.ended:
            self.state = CaptureState.CANCELLING
            self.changed.emit()

    def end(self, result: CaptureResult) -> None:
        """It is over."""
        self.result = result
        self.ended_at = monotonic()
        self.state = _end_state(result)
        self.changed.emit()


def _end_state(result: CaptureResult) -> CaptureState:
    if result.ok:
        return CaptureState.DONE
    if result.error == "cancelled":
        return CaptureState.CANCELLED
    return CaptureState.FAILED
