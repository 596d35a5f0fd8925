"""One watch as the window follows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from enum import Enum
from time import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

import dumpengine
from dumpengine import Measure

if TYPE_CHECKING:
    from dumpengine import Dumped, Event, WatchRequest

_SAMPLES = 600


class WatchState(Enum):
    """Where a watch is in its life."""

    ARMING = "arming"
    ARMED = "armed"
    ENDED = "ended"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether it watches no more."""
        return self in (WatchState.ENDED, WatchState.FAILED)


class WatchItem(QObject):
    """What is known of a watch so far. Main thread; changed by the service alone.

    ``last`` is what was read last; ``samples`` are all readings of late. ``why`` says why it ended,
    or what went wrong last. Times are Unix seconds.

    Signals:
        changed: something to show has changed.
    """

    changed = Signal()

    def __init__(self, request: WatchRequest, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.request = request
        self.state = WatchState.ARMING
        self.armed_at = 0.0
        self.fired_at = 0.0
        self.reasons: tuple[str, ...] = ()
        self.dumped: list[Dumped] = []
        self.why = ""
        self.notes: tuple[str, ...] = ()
        self.last: Mapping[Measure, float] = {}
        self.samples: deque[Mapping[Measure, float]] = deque(maxlen=_SAMPLES)

    def take(self, event: Event) -> None:
        """Something happened."""
        match event:
            case dumpengine.Armed():
                self.state, self.notes = WatchState.ARMED, event.notes
                self.armed_at = self.armed_at or time()
            case dumpengine.Sampled():
                self.last = event.values
                self.samples.append(event.values)
            case dumpengine.Fired():
                self.fired_at, self.reasons = time(), event.reasons
            case dumpengine.Dumped():
                self.dumped.append(event)
            case dumpengine.Failed():
                self.why = f"{event.error.cause} {event.error.remedy}"
            case dumpengine.Ended(pid=pid) if pid or not self.why:
                self.why = event.why
        self.changed.emit()

    def end(self, error: Exception | None) -> None:
        """It is over; with an ``error`` that nobody wanted."""
        failed = error is not None or self.state is WatchState.ARMING
        self.state = WatchState.FAILED if failed else WatchState.ENDED
        if error is not None:
            self.why = str(getattr(error, "cause", error))
        self.changed.emit()
