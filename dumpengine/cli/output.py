"""What every command prints with: sizes and times for people, JSON, failures."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from dumpengine.errors import E_CANCELLED, E_FAIL, EXPLANATIONS, DumpError, ErrorKind
from dumpengine.system import ON_WINDOWS
from dumpengine.text import printable, printable_lines

PROGRAM = "dumpengine"


class PrintingError(DumpError):
    """What a command prints cannot be written where it goes."""

    def __init__(self, error: OSError) -> None:
        cause = f"What it prints cannot be written: {error.strerror or error}."
        remedy = "Have it written to another place."
        super().__init__(E_FAIL, cause, remedy, kind=ErrorKind.FAILED)


def reader_left(error: Exception) -> bool:
    """Whether nobody reads what is printed any more."""
    # Windows says EINVAL for a pipe that nobody reads any more.
    return isinstance(error, BrokenPipeError) or (
        ON_WINDOWS and isinstance(error, OSError) and error.errno == errno.EINVAL
    )


class _PlainText:
    """A text stream for a terminal: what the terminal would obey is written as its escape.

    Names and paths of processes and dumps can hold escape sequences. What draws on the terminal
    itself (rich) takes :func:`drawn_on`. What cannot be written is an error, or, of mere
    ``remarks`` (stderr), is dropped: they stop nothing.
    """

    def __init__(self, stream: TextIO, *, remarks: bool) -> None:
        self.stream = stream
        self._remarks = remarks

    def write(self, text: str) -> int:
        with self._giving_up():
            self.stream.write(printable_lines(text))
        return len(text)

    def flush(self) -> None:
        with self._giving_up():
            self.stream.flush()

    @contextmanager
    def _giving_up(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            _to_nowhere(self.stream)
            if self._remarks:
                return
            if reader_left(error):
                raise
            raise PrintingError(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _to_nowhere(stream: TextIO) -> None:
    """What is left in the buffer goes nowhere: Python flushes it once more at exit."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def _standard(stream: TextIO | None) -> TextIO:
    """Python has None for one that was closed before it started: nobody wants it."""
    return open(os.devnull, "w", encoding="utf-8") if stream is None else stream


@contextmanager
def only_text() -> Iterator[None]:
    """Inside the block stdout and stderr show any text as text, whatever it holds.

    A terminal that cannot show a character shows its escape instead of failing.
    """
    before = sys.stdout, sys.stderr
    streams = [_standard(stream) for stream in before]
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    out, remarks = (_PlainText(stream, remarks=stream is streams[1]) for stream in streams)
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", remarks)
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
