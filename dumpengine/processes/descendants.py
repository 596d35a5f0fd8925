"""The processes that a process has started, as they come: for watches."""

from __future__ import annotations

import psutil

from dumpengine.processes.listing import ProcessKey


class Descendants:
    """Finds the children of a process, with ``deep`` theirs as well; each is told once.

    One that ends between two looks is never seen.
    """

    def __init__(self, key: ProcessKey, *, deep: bool) -> None:
        self._key = key
        self._deep = deep
        self._known: set[ProcessKey] = set()

    def look(self) -> list[ProcessKey]:
        """Return those that were not there at the last look."""
        now = self._now()
        new = sorted(now - self._known)
        self._known = now
        return new

    def _now(self) -> set[ProcessKey]:
        try:
            found = psutil.Process(self._key.pid).children(recursive=self._deep)
            return {ProcessKey(child.pid, child.create_time()) for child in found}
        except psutil.Error:  # it has ended, or one of them just now
            return set(self._known)
