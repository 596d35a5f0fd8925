"""What every command prints with: sizes and times for people, JSON, failures."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from dumpengine.errors import E_CANCELLED, EXPLANATIONS, DumpError

PROGRAM = "dumpengine"


def tolerate_any_text() -> None:
    """Let a terminal that cannot show a character show its escape instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def print_json(value: Any) -> None:
    """Print one JSON value on stdout."""
    print(json.dumps(value, indent=2))


def print_failure(error: DumpError, *, as_json: bool) -> None:
    """Say cause and remedy on stderr, and with ``as_json`` on stdout too."""
    print(f"{PROGRAM}: {error.cause} {error.remedy}", file=sys.stderr)
    if as_json:
        print_json(
            {
                "ok": False,
                "hresult": error.hresult,
                "error": error.kind.name.lower(),
                "cause": error.cause,
                "remedy": error.remedy,
            }
        )


def print_cancelled() -> None:
    """Say that the command was cancelled."""
    known = EXPLANATIONS[E_CANCELLED]
    print(f"{PROGRAM}: {known.cause} {known.remedy}", file=sys.stderr)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person is looking at ``stream``."""
    return stream.isatty()


def human_ms(milliseconds: float) -> str:
    """Return a duration as a person says it: ``3.2 ms``, ``140 ms``, ``2.1 s``, ``3 min 20 s``."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {seconds} s"


def count(number: int, noun: str) -> str:
    """Return ``1 thread``, ``2 threads``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def columns(rows: Sequence[Sequence[str]], right: frozenset[int], width: int | None) -> list[str]:
    """Align ``rows`` into lines; columns in ``right`` are numbers. ``width`` cuts the lines."""
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(size) if index in right else cell.ljust(size)
            for index, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        line = "  ".join(cells).rstrip()
        lines.append(line if width is None or len(line) <= width else line[: width - 1] + "…")
    return lines
