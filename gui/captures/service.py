"""Runs captures: a few side by side, the others wait their turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

import dumpengine
from gui.captures.item import CaptureItem, CaptureState
from gui.captures.worker import CaptureWorker
from gui.services import Capture

if TYPE_CHECKING:
    from dumpengine import CaptureRequest, CaptureResult

SIDE_BY_SIDE = 2
_CLOSE_WAIT = 10_000
_FETCH = 100


@dataclass(slots=True)
class _Running:
    item: CaptureItem
    worker: CaptureWorker
    thread: QThread


class _Relay(QObject):
    """Carries one worker's end to the service, in the main thread."""

    finished = Signal(object, object)

    def __init__(self, item: CaptureItem, parent: QObject) -> None:
        super().__init__(parent)
        self._item = item

    @Slot(object)
    def on_finished(self, result: CaptureResult) -> None:
        """Add whose end it is."""
        self.finished.emit(self._item, result)


class CaptureService(QObject):
    """Owns every capture's worker and thread, from :meth:`start` to its end. Main thread.

    A worker has one way to go: its thread's loop is ended and waited for, then both references
    are dropped together.

    Signals:
        added: a new CaptureItem.
        ended: a CaptureItem that is over.
    """

    added = Signal(object)
    ended = Signal(object)

    def __init__(
        self, make_capture: Callable[[CaptureRequest], Capture], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._make_capture = make_capture
        self._waiting: list[CaptureItem] = []
        self._running: list[_Running] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_FETCH)
        self._timer.timeout.connect(self._on_timer)

    def start(self, request: CaptureRequest) -> CaptureItem:
        """Begin a capture, or let it wait for a free place."""
        item = CaptureItem(request, self)
        self.added.emit(item)
        if request.place is not None:  # those of one moment wait for each other
            self._launch(item)
        else:
            self._waiting.append(item)
            self._fill_places()
        return item

    @Slot(object, object)
    def adopt(self, request: CaptureRequest, result: CaptureResult) -> None:
        """Take in a capture that somebody else made: a watch that fired."""
        item = CaptureItem(request, self)
        self.added.emit(item)
        item.end(result)
        self.ended.emit(item)

    def active(self) -> tuple[CaptureItem, ...]:
        """Return what runs or waits."""
        return (*(running.item for running in self._running), *self._waiting)

    @Slot(object)
    def cancel(self, item: CaptureItem) -> None:
        """End a capture. It answers when the helper has let go of the target."""
        if item in self._waiting:
            self._waiting.remove(item)
            item.end(_cancelled_before(item.request))
            self.ended.emit(item)
            return
        for running in self._running:
            if running.item is item and item.state is CaptureState.RUNNING:
                item.cancelling()
                running.worker.cancel()

    @Slot()
    def cancel_all(self) -> None:
        """End everything that runs or waits."""
        for item in self.active():
            self.cancel(item)

    def close(self) -> None:
        """Cancel everything and wait for the threads."""
        self.cancel_all()
        for running in self._running:
            running.thread.quit()
            running.thread.wait(_CLOSE_WAIT)
        self._running.clear()

    def _fill_places(self) -> None:
        while self._waiting and len(self._running) < SIDE_BY_SIDE:
            self._launch(self._waiting.pop(0))

    def _launch(self, item: CaptureItem) -> None:
        worker = CaptureWorker(self._make_capture(item.request), item.request)
        thread = QThread(self)
        thread.setObjectName(f"capture {item.request.key.pid}")
        worker.moveToThread(thread)
        relay = _Relay(item, item)
        worker.finished.connect(relay.on_finished, Qt.ConnectionType.QueuedConnection)
        relay.finished.connect(self._on_finished)
        thread.started.connect(worker.run)
        self._running.append(_Running(item, worker, thread))
        item.begin()
        thread.start()
        self._timer.start()

    @Slot()
    def _on_timer(self) -> None:
        for running in self._running:
            _fetch(running)

    @Slot(object, object)
    def _on_finished(self, item: CaptureItem, result: CaptureResult) -> None:
        for running in [each for each in self._running if each.item is item]:
            running.thread.quit()
            running.thread.wait(_CLOSE_WAIT)
            _fetch(running)
            self._running.remove(running)
        if not self._running:
            self._timer.stop()
        item.end(result)
        self.ended.emit(item)
        self._fill_places()


def _fetch(running: _Running) -> None:
    progress, lines = running.worker.take()
    if progress is not None or lines:
        running.item.take(progress, lines)


def _cancelled_before(request: CaptureRequest) -> CaptureResult:
    return dumpengine.CaptureResult.from_error(
        dumpengine.DumpError(dumpengine.E_CANCELLED),
        pid=request.key.pid,
        name=request.name,
        dump_type=int(request.options.dump_type),
    )
