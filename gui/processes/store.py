"""The last known processes, with those that have just come and gone. No Qt here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from dumpengine import ProcessKey, ProcessRow
from gui.processes.entry import Entry, Ident, Mark, ident
from gui.titles.facts import NO_WINDOWS, ProcessWindows

LINGER_SECONDS = 4.0
Windows = Mapping[int, ProcessWindows]
_NONE: Windows = MappingProxyType({})


class ProcessStore:
    """Keeps an entry per process, by identity.

    A new process is marked for a moment, an ended one stays for the same moment, and for as long
    as it is pinned (selected), so that nothing jumps under the user's eyes.
    """

    def __init__(self) -> None:
        self._entries: dict[Ident, Entry] = {}
        self._since: dict[Ident, float] = {}
        self._filled = False

    @property
    def entries(self) -> Mapping[Ident, Entry]:
        """All entries by key."""
        return MappingProxyType(self._entries)

    def update(
        self,
        rows: Iterable[ProcessRow],
        now: float,
        pinned: frozenset[ProcessKey] = frozenset(),
        windows: Windows = _NONE,
    ) -> None:
        """Take over a snapshot made at ``now`` (monotonic seconds), and the windows seen then."""
        current = {ident(row.key): row for row in rows}
        held = {ident(key) for key in pinned}
        ended = {key: self._ended(key, now) for key in self._entries if key not in current}
        kept = {
            key: entry
            for key, entry in ended.items()
            if key in held or now - self._since[key] < LINGER_SECONDS
        }
        alive = {
            key: self._alive(row, windows.get(key[0], NO_WINDOWS), now)
            for key, row in current.items()
        }
        self._entries = alive | kept
        self._since = {key: at for key, at in self._since.items() if key in self._entries}
        self._filled = True

    def _alive(self, row: ProcessRow, windows: ProcessWindows, now: float) -> Entry:
        key = ident(row.key)
        known = self._entries.get(key)
        if known is None and self._filled:
            self._since[key] = now
            return Entry(row, Mark.NEW, windows)
        if known and known.mark is Mark.NEW and now - self._since[key] < LINGER_SECONDS:
            return Entry(row, Mark.NEW, windows)
        entry = Entry(row, Mark.NONE, windows)
        return known if known == entry else entry

    def _ended(self, key: Ident, now: float) -> Entry:
        entry = self._entries[key]
        if entry.mark is Mark.ENDED:
            return entry
        self._since[key] = now
        return Entry(entry.row, Mark.ENDED, entry.windows)
