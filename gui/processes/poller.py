"""Looks at the processes again and again, in a thread of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from gui.processes.listing import Listing

_log = logging.getLogger("dumpdesk.poller")
Look = Callable[[], Listing]


class _Worker(QObject):
    """Lives in the poller's thread. Skips a look while the last one has not been taken over."""

    looked = Signal(object)
    failed = Signal(str)

    def __init__(self, look: Look, consumed: Event) -> None:
        super().__init__()
        self._look = look
        self._consumed = consumed
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    @Slot(object)
    def set_interval(self, milliseconds: int) -> None:
        """Look every so often; 0 pauses."""
        if milliseconds:
            self._timer.start(milliseconds)
        else:
            self._timer.stop()

    @Slot()
    def look(self) -> None:
        """Look now."""
        try:
            listing = self._look()
        except Exception as error:  # the thread's edge: the next look may succeed again
            _log.exception("listing the processes failed")
            self.failed.emit(str(error))
            return
        self._consumed.clear()
        self.looked.emit(listing)

    @Slot()
    def _tick(self) -> None:
        if self._consumed.is_set():
            self.look()


class Poller(QObject):
    """Emits a listing of the processes at the chosen rate.

    Main thread; owns the thread from :meth:`start` to :meth:`close`. Whoever receives
    ``listing`` calls :meth:`consumed` when the list shows it.

    Signals:
        listing: a Listing.
        failed: why looking failed, as text.
    """

    listing = Signal(object)
    failed = Signal(str)
    _interval_wanted = Signal(object)
    _look_wanted = Signal()

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._consumed = Event()
        self._consumed.set()
        self._thread = QThread(self)
        self._thread.setObjectName("process poller")
        self._worker = _Worker(look, self._consumed)
        self._worker.moveToThread(self._thread)
        self._interval = 0
        self._paused = False
        self._connect()

    def _connect(self) -> None:
        queued = Qt.ConnectionType.QueuedConnection
        self._worker.looked.connect(self._on_looked, queued)
        self._worker.failed.connect(self.failed, queued)
        self._interval_wanted.connect(self._worker.set_interval, queued)
        self._look_wanted.connect(self._worker.look, queued)

    def start(self, seconds: int) -> None:
        """Look now and then every ``seconds``."""
        self._thread.start()
        self.set_rate(seconds)
        self.look_now()

    @Slot(object)
    def set_rate(self, seconds: int) -> None:
        """Change how often to look."""
        self._interval = seconds * 1000
        self._tell_interval()

    def set_paused(self, paused: bool) -> None:
        """Stop looking, or go on and look at once."""
        self._paused = paused
        self._tell_interval()
        if not paused:
            self.look_now()

    @property
    def paused(self) -> bool:
        """Whether the list stands still."""
        return self._paused

    @Slot()
    def look_now(self) -> None:
        """Look as soon as possible, paused or not."""
        self._look_wanted.emit()

    def consumed(self) -> None:
        """The last listing is shown; the next may come."""
        self._consumed.set()

    def close(self) -> None:
        """End the thread."""
        self._interval_wanted.emit(0)
        self._thread.quit()
        self._thread.wait(5000)

    def _tell_interval(self) -> None:
        self._interval_wanted.emit(0 if self._paused else self._interval)

    @Slot(object)
    def _on_looked(self, listing: Listing) -> None:
        self.listing.emit(listing)
