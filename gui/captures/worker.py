"""The QThread worker that runs one capture."""

from __future__ import annotations

import logging
from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

import dumpengine
from gui.captures.item import LOG_LIMIT
from gui.services import Capture

if TYPE_CHECKING:
    from dumpengine import CaptureRequest, CaptureResult, Progress

_log = logging.getLogger("dumpdesk.captures")


class CaptureWorker(QObject):
    """Moved to a thread of its own; calls the engine there.

    The engine reports as fast as it likes: the latest progress wins, only the callback log keeps
    what came between. The main thread fetches both with :meth:`take` when it wants to paint.

    Signals:
        finished: the CaptureResult; comes exactly once.
    """

    finished = Signal(object)

    def __init__(self, capture: Capture, request: CaptureRequest) -> None:
        super().__init__()
        self._capture = capture
        self._request = request
        self._lock = Lock()
        self._latest: Progress | None = None
        self._lines: deque[str] = deque(maxlen=LOG_LIMIT)

    @Slot()
    def run(self) -> None:
        """Capture, then say how it went."""
        try:
            result = self._capture.run(self._on_progress, self._on_log)
        except Exception as error:  # the thread's edge: the row must never wait for ever
            _log.exception("the capture of %s broke", self._request.key)
            result = self._broken(error)
        self.finished.emit(result)

    def cancel(self) -> None:
        """Ask the engine to end; called from the main thread, returns at once."""
        self._capture.cancel()

    def take(self) -> tuple[Progress | None, tuple[str, ...]]:
        """Return the progress since the last call, if any, and the callbacks made meanwhile."""
        with self._lock:
            latest, self._latest = self._latest, None
            lines = tuple(self._lines)
            self._lines.clear()
        return latest, lines

    def _on_progress(self, progress: Progress) -> None:
        with self._lock:
            self._latest = progress

    def _on_log(self, lines: tuple[str, ...]) -> None:
        with self._lock:
            self._lines.extend(lines)

    def _broken(self, error: Exception) -> CaptureResult:
        request = self._request
        return dumpengine.CaptureResult.from_error(
            dumpengine.unforeseen(error),
            pid=request.key.pid,
            name=request.name,
            dump_type=request.options.dump_type,
        )
