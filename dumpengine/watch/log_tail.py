"""Reads what is added to a log file: over rotation, truncation and half lines."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress

from dumpengine.system import ON_WINDOWS
from dumpengine.text import printable

_MOST_AT_ONCE = 4 << 20  # bytes of one look; more waits for the next
_LONGEST_LINE = 16 << 10  # of a longer line only the start counts
_PATIENCE = 0.1  # seconds of one look: an expression that backtracks for ever must not stop a watch
# A FIFO holds nobody up; on Windows bytes are bytes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_SHOWN = 120  # characters of the line that are told


class LogTail:
    """Lines that are added to the file ``path`` from now on, whatever becomes of the file.

    It may not be there yet. What comes as a new file of this name (rotation) is read from its
    start, and so is a file that became shorter. Lines are bytes; half ones wait for their end.
    """

    def __init__(self, path: str, pattern: str) -> None:
        import regex  # only who watches a log waits for it

        self.path = path
        self._pattern = regex.compile(pattern.encode("utf-8", "surrogateescape"))
        self._fd = -1
        self._offset = 0
        self._half = b""
        self._seen: tuple[int, int] | None = None
        self._lines: deque[bytes] = deque()
        with suppress(OSError):
            self._open()
            self._offset = os.fstat(self._fd).st_size
        self._rest()

    def __del__(self) -> None:
        self._close()

    def match(self) -> str:
        """Return the first new line that matches, as text on one line; empty for none."""
        self._resume()
        self._lines.extend(self._new_lines())
        self._rest()
        while self._lines:
            line = self._lines.popleft()
            if self._matches(line[:_LONGEST_LINE]):
                return printable(line.decode("utf-8", "surrogateescape"))[:_SHOWN] or "(empty)"
        return ""

    def _matches(self, line: bytes) -> bool:
        try:
            return self._pattern.search(line, timeout=_PATIENCE) is not None
        except TimeoutError:
            return False

    def _new_lines(self) -> Iterator[bytes]:
        yield from self._added()
        if self._replaced():
            self._close()
            with suppress(OSError):
                self._open()
                yield from self._added()

    def _added(self) -> Iterator[bytes]:
        if self._fd < 0:
            return
        try:
            if os.fstat(self._fd).st_size < self._offset:
                self._offset, self._half = 0, b""
            os.lseek(self._fd, self._offset, os.SEEK_SET)
            data = os.read(self._fd, _MOST_AT_ONCE)
        except OSError:  # its server has lost it, or it is no file to read: it may come again
            self._close()
            return
        self._offset += len(data)
        *lines, half = (self._half + data).split(b"\n")
        self._half = half[:_LONGEST_LINE]
        yield from (line.removesuffix(b"\r") for line in lines)

    def _replaced(self) -> bool:
        try:
            now = os.stat(self.path)
        except OSError:
            return False
        if self._fd < 0:
            return True
        return _identity(now) != _identity(os.fstat(self._fd))

    def _rest(self) -> None:
        """Windows lets nobody rename a file that is open: there it is closed between two looks."""
        if ON_WINDOWS and self._fd >= 0:
            self._seen = _identity(os.fstat(self._fd))
            self._close()

    def _resume(self) -> None:
        if self._fd < 0 and self._seen is not None:
            with suppress(OSError):
                self._fd = os.open(self.path, _FLAGS)
                if _identity(os.fstat(self._fd)) != self._seen:
                    self._close()

    def _open(self) -> None:
        self._fd = os.open(self.path, _FLAGS)
        self._offset, self._half = 0, b""

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino
