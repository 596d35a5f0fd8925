"""What every command prints with: sizes and times for people, JSON, failures."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO, cast

from dumpengine.errors import E_CANCELLED, EXPLANATIONS, DumpError
from dumpengine.text import printable, printable_lines

PROGRAM = "dumpengine"


class _PlainText:
    """A text stream for a terminal: what the terminal would obey is written as its escape.

    Names and paths of processes and dumps can hold escape sequences. What draws on the terminal
    itself (rich) takes :func:`drawn_on`.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        self.stream.write(printable_lines(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def only_text() -> Iterator[None]:
    """Inside the block stdout and stderr show any text as text, whatever it holds.

    A terminal that cannot show a character shows its escape instead of failing.
    """
    before = sys.stdout, sys.stderr
    for stream in before:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout, sys.stderr = (cast("TextIO", _PlainText(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def drawn_on(stream: TextIO) -> TextIO:
    """Return the stream that takes colours and cursor movements, for what is ours alone."""
    return stream.stream if isinstance(stream, _PlainText) else stream


def print_lines(lines: Iterable[str]) -> None:
    """Print each on a line of its own: a name with a line end in it makes no line of ours."""
    for line in lines:
        print(printable(line))


def print_json(value: Any) -> None:
    """Print one JSON value on stdout."""
    print(json.dumps(value, indent=2))


def print_failure(error: DumpError, *, as_json: bool) -> None:
    """Say cause and remedy on stderr, and with ``as_json`` on stdout too."""
    print(f"{PROGRAM}: {printable(error.cause)} {error.remedy}", file=sys.stderr)
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
