"""Python's cyclic garbage collector, in the main thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

_INTERVAL = 1000


class MainThreadCollector(QObject):
    """Collects cycles from a timer instead of wherever an allocation happens.

    The automatic collector runs on the thread that happens to allocate. On a poller's or a
    capture's thread it destroyed widgets caught in a reference cycle, and Qt crashed (seen as a
    segmentation fault under "Garbage-collecting" in a capture's thread). Main thread.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what the imports made stays; it need not be looked at again and again
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL)
        self._timer.timeout.connect(self._on_timer)
        self._timer.start()

    @Slot()
    def _on_timer(self) -> None:
        """Collect the oldest generation that is due, as the automatic collector would."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
