"""What a check found, and whom it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "note"]

WINDBG = "WinDbg"
LLDB = "LLDB"
BREAKPAD = "Breakpad"
RUST_MINIDUMP = "rust-minidump"
MINIDUMP = "minidump"
UDMP_PARSER = "udmp-parser"
READERS = (WINDBG, LLDB, BREAKPAD, RUST_MINIDUMP, MINIDUMP, UDMP_PARSER)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark. ``where`` is a stream or part of the file, ``what`` a sentence.

    An error means that the file is damaged; a warning that ``readers`` cannot use it; a note that
    something is missing or that ``readers`` show less, and that they open it all the same.
    """

    severity: Severity
    where: str
    what: str
    readers: tuple[str, ...] = ()


@dataclass(slots=True)
class Findings:
    """Collects findings while a file is checked."""

    found: list[Finding] = field(default_factory=list)

    def error(self, where: str, what: str, *readers: str) -> None:
        """The file is damaged."""
        self.found.append(Finding("error", where, what, readers))

    def warning(self, where: str, what: str, *readers: str) -> None:
        """The named readers cannot use the file."""
        self.found.append(Finding("warning", where, what, readers))

    def note(self, where: str, what: str, *readers: str) -> None:
        """Something is missing, or the named readers show less."""
        self.found.append(Finding("note", where, what, readers))


def few(items: Iterable[object], limit: int = 5) -> str:
    """Return the first items for a sentence: ``1, 2, 3 and 7 more``."""
    texts = [str(item) for item in items]
    shown = ", ".join(texts[:limit])
    return f"{shown} and {len(texts) - limit} more" if len(texts) > limit else shown
