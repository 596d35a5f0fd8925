"""Files, lines and inlined functions, from a module's debug information.

The library (symbolic, Sentry's) is an optional extra: reading DWARF in Python takes too long, and
the library has 75 MiB. Without it there are functions and no lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

_MOST_BYTES = 1 << 30  # of a file with debug information
_LANGUAGES = {"cpp": "c++", "unknown": "", "objcpp": "objective-c++", "objc": "objective-c"}


@dataclass(frozen=True, slots=True)
class Line:
    """A place in the source; ``function`` is mangled, ``start`` its offset where it is known."""

    function: str
    file: str
    line: int
    language: str
    start: int | None


class Lines(Protocol):
    """What tells the lines of one module."""

    def find(self, offset: int) -> list[Line]:
        """Return what is at an offset from the module's base, the innermost inlined one first."""
        ...


class DebugLines:
    """The debug information of one file."""

    def __init__(self, cache: Any) -> None:
        self._cache = cache

    def find(self, offset: int) -> list[Line]:
        """See :class:`Lines`."""
        try:
            found = self._cache.lookup(offset)
        except _library_errors():
            return []
        return [
            Line(
                item.symbol,
                item.full_path or "",
                item.line,
                _LANGUAGES.get(item.lang, item.lang),
                item.sym_addr if item.sym_addr != 0xFFFFFFFF else None,
            )
            for item in found
        ]


def lines_of(path: Path, identifier: str) -> Lines | None:
    """Return the lines that a file tells.

    ``identifier`` is its build id, or what else a file of this kind is identified by. None when it
    is another file, has no lines, or the library is not there.
    """
    try:
        from symbolic import Archive
    except ImportError:
        return None
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        for found in Archive.open(str(path)).iter_objects():
            if identifier.lower() in (found.code_id, found.debug_id) and "debug" in found.features:
                return DebugLines(found.make_symcache())
    except _library_errors():
        pass
    return None


@cache
def _library_errors() -> tuple[type[Exception], ...]:
    from symbolic import SymbolicError

    return (SymbolicError, OSError, ValueError)
