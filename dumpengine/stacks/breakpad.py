"""Breakpad's symbol files: functions and lines of one module, as text.

https://chromium.googlesource.com/breakpad/breakpad/+/HEAD/docs/symbol_files.md
They lie in a folder as NAME/ID/NAME.sym. Inlined functions are not read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from mmap import mmap
from pathlib import Path

from dumpengine.stacks.lines import Line
from dumpengine.stacks.symbol_table import SymbolTable

_MOST_BYTES = 1 << 29
_MOST_LINES = 1 << 16  # of one function
_FUNCTION = re.compile(
    rb"^(?:FUNC (?:m )?([0-9a-f]{1,16}) ([0-9a-f]{1,16}) [0-9a-f]+"
    rb"|PUBLIC (?:m )?([0-9a-f]{1,16}) [0-9a-f]+) ([^\r\n]{1,4096})",
    re.MULTILINE,
)
_FILE = re.compile(rb"^FILE ([0-9]{1,9}) ([^\r\n]{1,4096})", re.MULTILINE)
_LINE = re.compile(rb"([0-9a-f]{1,16}) ([0-9a-f]{1,16}) ([0-9]{1,9}) ([0-9]{1,9})\r?$")
_INLINED = (b"INLINE ", b"INLINE_ORIGIN ")


class BreakpadError(ValueError):
    """These bytes are no symbol file."""


class BreakpadFile:
    """One symbol file; offsets are from the module's base."""

    def __init__(self, data: bytes | mmap, path: Path | None = None) -> None:
        head = data[:4096].split(b"\n", 1)[0].split()
        if len(head) < 5 or head[0] != b"MODULE" or len(data) > _MOST_BYTES:
            raise BreakpadError("it does not begin with its module")
        self.path = path
        self.debug_id = head[3].decode("ascii", "replace")
        self._data = data

    @cached_property
    def _functions(self) -> list[tuple[int, int, int, str]]:
        """Start, size, where its lines begin, name; sorted."""
        found = []
        for match in _FUNCTION.finditer(self._data):
            start, size, public, name = match.groups()
            text = name.decode("utf-8", "replace")
            found.append((int(start or public, 16), int(size or b"0", 16), match.end(), text))
        return sorted(found)

    @cached_property
    def table(self) -> SymbolTable:
        """The functions by name."""
        functions = self._functions
        return SymbolTable(
            [function[0] for function in functions],
            [function[1] for function in functions],
            lambda place: functions[place][3],
        )

    @cached_property
    def _files(self) -> dict[int, str]:
        return {
            int(number): name.decode("utf-8", "replace")
            for number, name in (match.groups() for match in _FILE.finditer(self._data))
        }

    def find(self, offset: int) -> list[Line]:
        """Return the line at an offset; empty where none is known."""
        place = bisect_right(self._functions, offset, key=lambda function: function[0]) - 1
        if place < 0:
            return []
        start, size, at, name = self._functions[place]
        if offset >= start + size:
            return []
        return self._line(offset, at, Line(name, "", 0, "", start))

    def _line(self, offset: int, at: int, function: Line) -> list[Line]:
        at = self._data.find(b"\n", at) + 1
        for _ in range(_MOST_LINES):
            end = self._data.find(b"\n", at)
            row = self._data[at : end if end >= 0 else len(self._data)]
            match = _LINE.match(row)
            if match is None and not row.startswith(_INLINED):
                break
            if match is not None:
                start, size = int(match[1], 16), int(match[2], 16)
                if start <= offset < start + size:
                    file = self._files.get(int(match[4]), "")
                    return [Line(function.function, file, int(match[3]), "", function.start)]
            if end < 0:
                break
            at = end + 1
        return []
