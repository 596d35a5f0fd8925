"""Every dump made, one JSON object a line. No Qt here."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dumpengine import CaptureResult


_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One capture. ``path`` is empty when it made no file; ``pause_ms`` None when not measured.

    ``size`` and ``modified_ns`` are those of the file as it was made: only a file that still has
    both is ours to delete. ``target_ended`` and ``of_one_moment`` are those of the result.
    """

    when: float
    name: str
    pid: int
    dump_type: int
    path: str = ""
    size: int = 0
    modified_ns: int = 0
    elapsed_ms: float = 0.0
    pause_ms: float | None = None
    outcome: str = "done"
    cause: str = ""
    target_ended: str = ""
    of_one_moment: bool | None = None

    @property
    def file(self) -> Path | None:
        """The dump's file, there or not."""
        return Path(self.path) if self.path else None

    def is_there(self) -> bool:
        """Whether the file is still the one that was made."""
        try:
            found = os.stat(self.path) if self.path else None
        except OSError:
            return False
        return found is not None and (found.st_size, found.st_mtime_ns) == (
            self.size,
            self.modified_ns,
        )


def entry_of(result: CaptureResult, when: float) -> HistoryEntry:
    """Return the line for a capture that has ended."""
    size, modified = result.size, 0
    if result.path:
        try:
            found = os.stat(result.path)
        except OSError:
            pass  # gone already: the line stays, and is_there() says no
        else:
            size, modified = found.st_size, found.st_mtime_ns
    return HistoryEntry(
        when=when,
        name=result.name,
        pid=result.pid,
        dump_type=result.dump_type,
        path=result.path or "",
        size=size,
        modified_ns=modified,
        elapsed_ms=result.elapsed_ms,
        pause_ms=result.pause_ms,
        outcome="done" if result.ok else (result.error or "failed"),
        cause=result.cause or "",
        target_ended=result.target_ended or "",
        of_one_moment=result.of_one_moment,
    )


class HistoryStore:
    """A file of lines, added to; a line that cannot be read is left out."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self.entries: list[HistoryEntry] = list(_read(path))

    def add(self, result: CaptureResult) -> HistoryEntry:
        """Add a capture's end."""
        entry = entry_of(result, self._clock())
        self.entries.append(entry)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry)) + "\n")
        return entry

    def remove(self, gone: Iterable[HistoryEntry]) -> None:
        """Forget entries; their files are not touched."""
        lost = set(gone)
        self.entries = [entry for entry in self.entries if entry not in lost]
        lines = "".join(json.dumps(asdict(entry)) + "\n" for entry in self.entries)
        partial = self._path.with_suffix(".partial")
        partial.write_text(lines, encoding="utf-8")
        partial.replace(self._path)


def expired(
    entries: Iterable[HistoryEntry], now: float, keep_days: int, keep_bytes: int
) -> tuple[HistoryEntry, ...]:
    """Return whose files retention would delete: too old, or beyond the total, oldest first.

    0 keeps for ever. Only files that are still as they were made count and are returned.
    """
    ours = sorted((e for e in entries if e.is_there()), key=lambda e: -e.when)
    found, total = [], 0
    for entry in ours:
        total += entry.size
        too_old = keep_days > 0 and now - entry.when > keep_days * _DAY
        too_much = keep_bytes > 0 and total > keep_bytes
        if too_old or too_much:
            found.append(entry)
    return tuple(found)


def _read(path: Path) -> Iterable[HistoryEntry]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    known = {field.name for field in fields(HistoryEntry)}
    for line in lines:
        try:
            found = json.loads(line)
            yield HistoryEntry(**{name: found[name] for name in known if name in found})
        except (ValueError, TypeError):
            continue
