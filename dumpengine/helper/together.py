"""Several captures of one moment: every process stands still before the first of them runs on.

All helpers get ready first. Then the processes are stopped one after another in the order of their
places (children before who started them), and run on together. Who fails, or is cancelled, is not
waited for; nor is anybody for long, since the others stand still meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

READY_LIMIT = 30.0  # seconds to wait until all helpers are ready; nothing stands still yet
HELD_LIMIT = 3.0  # seconds a process may stand still until the last one does, too
_POLL = 0.05


class Together:
    """What the captures of one moment share. Used from all their threads."""

    def __init__(self, count: int) -> None:
        self.places = tuple(Place(self, number) for number in range(count))
        self._changed = threading.Condition()
        self._ready: set[int] = set()
        self._held: set[int] = set()
        self._gone: set[int] = set()
        self._broken = False

    def _await(
        self,
        arrived: set[int],
        number: int,
        complete: Callable[[], bool],
        cancelled: threading.Event,
        limit: float,
    ) -> bool:
        """Say that one has arrived and wait for what completes it.

        False when time was over, for anybody: all of them hear the same.
        """
        deadline = time.monotonic() + limit
        with self._changed:
            arrived.add(number)
            self._changed.notify_all()
            while not complete() and not cancelled.is_set():
                if time.monotonic() > deadline:
                    self._broken = True
                    break
                self._changed.wait(_POLL)
            return not self._broken

    def _all(self, arrived: set[int], before: int) -> bool:
        return all(number in arrived or number in self._gone for number in range(before))

    def _leave(self, number: int) -> None:
        with self._changed:
            self._gone.add(number)
            self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Place:
    """One capture's place among those of one moment."""

    together: Together = field(repr=False, compare=False)
    number: int

    @property
    def count(self) -> int:
        """How many captures there are."""
        return len(self.together.places)

    def ready(self, cancelled: threading.Event) -> bool:
        """Wait until it is this process's turn to be stopped; False when there is no moment."""
        t = self.together

        def complete() -> bool:
            return t._all(t._ready, self.count) and t._all(t._held, self.number)

        return t._await(t._ready, self.number, complete, cancelled, READY_LIMIT)

    def held(self, cancelled: threading.Event) -> bool:
        """Wait until all processes stand still; False when they do not at any one moment."""
        t = self.together
        return t._await(
            t._held, self.number, lambda: t._all(t._held, self.count), cancelled, HELD_LIMIT
        )

    def leave(self) -> None:
        """Nobody has to wait for this capture any more; harmless twice."""
        self.together._leave(self.number)


def moment_sentence(kept: bool, count: int) -> str:
    """Say in a dump, and of it, whether ``count`` processes are shown as of one moment."""
    if kept:
        return f"It is of one moment with the dumps of {count - 1} other processes."
    return "The processes dumped together did not all stop in time: they are not of one moment."
