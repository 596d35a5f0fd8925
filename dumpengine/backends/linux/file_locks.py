"""Who holds the file lock that a thread waits for: /proc/locks in proc_locks(5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    waits: bool
    pid: int
    inode: int


def lock_holders(table: str, pid: int, inode: int) -> tuple[int, ...]:
    """Return the processes whose locks on ``inode`` process ``pid`` waits for.

    A lock of an open file description (F_OFD_SETLK) belongs to no process and is left out.
    """
    rows = [row for row in _rows(table) if row.inode == inode]
    awaited = {row.number for row in rows if row.waits and row.pid in (pid, -1)}
    holders = (row.pid for row in rows if not row.waits and row.number in awaited)
    return tuple(dict.fromkeys(holder for holder in holders if holder > 0))


def _rows(table: str) -> Iterator[_Row]:
    """``1: -> POSIX ADVISORY WRITE 42 fd:00:123 0 EOF``: waits for the lock numbered 1."""
    for line in table.splitlines():
        words = line.split()
        waits = "->" in words[:2]
        if waits:
            words.remove("->")
        if len(words) >= 6 and words[5].count(":") == 2:
            try:
                yield _Row(
                    int(words[0].rstrip(":")),
                    waits,
                    int(words[4]),
                    int(words[5].rsplit(":", 1)[1]),
                )
            except ValueError:
                continue
