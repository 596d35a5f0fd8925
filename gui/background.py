"""Short jobs off the main thread: estimates, free space, opening a dump."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from dumpengine import DumpError

_log = logging.getLogger("dumpdesk.background")


@dataclass(frozen=True, slots=True)
class _Outcome:
    owner: QObject
    deliver: Callable[[Any], None]
    value: Any


class Background(QObject):
    """Runs functions in a small thread pool and hands their results to the main thread.

    Lives in the main thread. A result whose owner is gone meanwhile is dropped. Functions raise
    DumpError or OSError for what can go wrong; anything else is logged as well.
    """

    _ended = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="dumpdesk")
        self._closed = False
        self._ended.connect(self._deliver)

    def run(
        self,
        owner: QObject,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Call ``work`` in the pool, then ``done(result)`` or ``failed(error)`` in this thread."""
        if not self._closed:
            self._pool.submit(self._work, owner, work, done, failed)

    def close(self) -> None:
        """Refuse new work and drop what has not begun; what runs is not waited for."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(
        self,
        owner: QObject,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        try:
            outcome = _Outcome(owner, done, work())
        except (DumpError, OSError) as error:
            outcome = _Outcome(owner, failed, error)
        except Exception as error:  # a thread's edge: whoever waits must be told, and the log too
            _log.exception("%s broke in the background", work)
            outcome = _Outcome(owner, failed, error)
        if not self._closed and shiboken6.isValid(self):
            self._ended.emit(outcome)

    @Slot(object)
    def _deliver(self, outcome: _Outcome) -> None:
        if not self._closed and shiboken6.isValid(outcome.owner):
            outcome.deliver(outcome.value)
