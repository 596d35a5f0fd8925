"""Owns what is armed: a thread and a helper process for each watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from gui.watch.item import WatchItem

if TYPE_CHECKING:
    from dumpengine import Event, WatchRequest

_CLOSE_WAIT = 10_000


class Watch(Protocol):
    """A watch that blocks; see :class:`dumpengine.HelperWatch`."""

    def run(self, tell: Callable[[Event], None]) -> None:
        """Watch until it is over; raises DumpError."""
        ...

    def dump_now(self) -> None:
        """Dump, though nothing happened; from any thread, returns at once."""
        ...

    def stop(self) -> None:
        """End it; from any thread, returns at once."""
        ...


class _Worker(QObject):
    """Moved to a thread of its own.

    Signals:
        told: an Event.
        finished: None, or the error that ended it; comes exactly once.
    """

    told = Signal(object)
    finished = Signal(object)

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.watch = watch

    @Slot()
    def run(self) -> None:
        """Watch, then say how it ended."""
        error: Exception | None = None
        try:
            self.watch.run(self.told.emit)
        except Exception as caught:  # the thread's edge: the row must be told
            error = caught
        self.finished.emit(error)


class _Relay(QObject):
    """Carries what a worker says to the main thread, and adds whose it is."""

    told = Signal(object, object)
    finished = Signal(object, object)

    def __init__(self, item: WatchItem) -> None:
        super().__init__(item)
        self._item = item

    @Slot(object)
    def on_told(self, event: Event) -> None:
        """Add whose it is."""
        self.told.emit(self._item, event)

    @Slot(object)
    def on_finished(self, error: Exception | None) -> None:
        """Add whose it is."""
        self.finished.emit(self._item, error)


@dataclass(slots=True)
class _Running:
    item: WatchItem
    worker: _Worker
    thread: QThread


class WatchService(QObject):
    """Main thread.

    Signals:
        added: a new WatchItem.
        told: a WatchItem and the Event that happened to it.
        ended: a WatchItem that is over.
    """

    added = Signal(object)
    told = Signal(object, object)
    ended = Signal(object)

    def __init__(
        self, make_watch: Callable[[WatchRequest], Watch], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._make_watch = make_watch
        self._running: list[_Running] = []

    def start(self, request: WatchRequest) -> WatchItem:
        """Arm a watch."""
        item = WatchItem(request, self)
        worker, thread, relay = _Worker(self._make_watch(request)), QThread(self), _Relay(item)
        thread.setObjectName(f"watch {request.key.pid}")
        worker.moveToThread(thread)
        worker.told.connect(relay.on_told, Qt.ConnectionType.QueuedConnection)
        worker.finished.connect(relay.on_finished, Qt.ConnectionType.QueuedConnection)
        relay.told.connect(self._on_told)
        relay.finished.connect(self._on_finished)
        thread.started.connect(worker.run)
        self._running.append(_Running(item, worker, thread))
        self.added.emit(item)
        thread.start()
        return item

    def active(self) -> tuple[WatchItem, ...]:
        """Return what is armed."""
        return tuple(running.item for running in self._running)

    @Slot(object)
    def dump_now(self, item: WatchItem) -> None:
        """Dump what is watched, though nothing happened."""
        for running in self._running:
            if running.item is item:
                running.worker.watch.dump_now()

    @Slot(object)
    def stop(self, item: WatchItem) -> None:
        """End a watch; the process runs on."""
        for running in self._running:
            if running.item is item:
                running.worker.watch.stop()

    def close(self) -> None:
        """End all of them and wait for the threads."""
        for running in self._running:
            running.worker.watch.stop()
        for running in self._running:
            running.thread.quit()
            running.thread.wait(_CLOSE_WAIT)
        self._running.clear()

    @Slot(object, object)
    def _on_told(self, item: WatchItem, event: Event) -> None:
        item.take(event)
        self.told.emit(item, event)

    @Slot(object, object)
    def _on_finished(self, item: WatchItem, error: Exception | None) -> None:
        for running in [each for each in self._running if each.item is item]:
            running.thread.quit()
            running.thread.wait(_CLOSE_WAIT)
            self._running.remove(running)
        item.end(error)
        self.ended.emit(item)
