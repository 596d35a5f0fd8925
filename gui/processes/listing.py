"""What the list is to show next, prepared in the poller's thread. No Qt here."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dumpengine import ProcessKey, ProcessRow
from gui.processes.arrange import Arrangement, Filter, Order, arrange
from gui.processes.entry import Entry, Ident
from gui.processes.store import ProcessStore
from gui.titles.facts import LookAtWindows, ProcessWindows, no_windows


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rows the user wants, in which order, flat or in a tree with these branches closed."""

    order: Order
    filter: Filter = field(default_factory=Filter)
    nested: bool = False
    closed: frozenset[Ident] = frozenset()

    def arrange(self, entries: Mapping[Ident, Entry]) -> Arrangement:
        """Arrange the rows so."""
        return arrange(entries, self.filter, self.order, self.nested, self.closed)


@dataclass(frozen=True, slots=True)
class Listing:
    """A look at the processes: entries that no longer change, arranged as it was wished."""

    entries: Mapping[Ident, Entry]
    arrangement: Arrangement
    wish: Wish


class ListMaker:
    """Compares, searches and sorts where it holds nobody up.

    ``look`` runs in the poller's thread. The main thread sets ``wish`` and ``pinned``; each is one
    reference to something that never changes, so the other thread sees the old or the new one.
    Whoever gets a listing compares its wish with the one that holds by then.
    """

    def __init__(
        self,
        poll: Callable[[], tuple[ProcessRow, ...]],
        wish: Wish,
        look_at_windows: LookAtWindows = no_windows,
    ) -> None:
        self.wish = wish
        self.pinned: frozenset[ProcessKey] = frozenset()
        self._poll = poll
        self._look_at_windows = look_at_windows
        self._store = ProcessStore()

    def look(self) -> Listing:
        """Look at the processes and their windows now."""
        rows = self._poll()
        return self.make(rows, self._look_at_windows())

    def make(
        self, rows: tuple[ProcessRow, ...], windows: Mapping[int, ProcessWindows] | None = None
    ) -> Listing:
        """Take over a look and arrange it."""
        self._store.update(rows, time.monotonic(), self.pinned, windows or {})
        entries, wish = self._store.entries, self.wish
        return Listing(entries, wish.arrange(entries), wish)
