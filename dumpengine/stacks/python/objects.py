"""Strings and code objects of the interpreter."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from dumpengine.stacks.python.layout import Layout
from dumpengine.stacks.python.line_table import line_at

_LONGEST_TEXT = 1024  # characters of a name or path
_LONGEST_TABLE = 1 << 17  # bytes: of a function, or the top of a script, of 30,000 lines
_MOST_CODES = 1 << 13  # functions on all stacks together
_MOST_DECODED = 1 << 20  # bytes of line tables gone through: 10,000 frames take as many
_MOST_INSTRUCTIONS = 1 << 26  # bytes
_NOT_STARTED = -2  # one instruction in front of the first
_LATIN_1, _UCS_2, _UCS_4 = 1, 2, 4
_ENCODINGS = {_LATIN_1: "latin-1", _UCS_2: "utf-16-le", _UCS_4: "utf-32-le"}
_LONGEST_HEAD = 512

ReadMemory = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Code:
    """A code object: ``start`` is the address of its first instruction.

    ``line_table`` is the address of the bytes object with its lines.
    """

    name: str
    filename: str
    first_line: int
    line_table: int
    start: int


@dataclass(slots=True)
class ObjectReader:
    """Reads objects; each only once."""

    read: ReadMemory
    layout: Layout
    _codes: dict[int, Code | None] = field(default_factory=dict)
    _texts: dict[int, str | None] = field(default_factory=dict)
    _lines: dict[tuple[int, int], int | None] = field(default_factory=dict)
    _left: int = _MOST_DECODED

    def word(self, address: int) -> int:
        """Return a pointer, 0 where it cannot be read."""
        data = self.read(address, 8)
        return int.from_bytes(data, "little") if len(data) == 8 else 0

    def code(self, address: int) -> Code | None:
        """Return the code object at ``address``, None where there is none."""
        if address not in self._codes:
            if len(self._codes) >= _MOST_CODES:
                return None
            self._codes[address] = self._read_code(address)
        return self._codes[address]

    def line(self, code: Code, instruction: int) -> int | None:
        """Return the line of the instruction at an address; None when it is not known."""
        key = code.start, instruction
        if key not in self._lines:
            self._lines[key] = self._find_line(code, instruction - code.start)
        return self._lines[key]

    def _find_line(self, code: Code, offset: int) -> int | None:
        if not 0 <= offset < _MOST_INSTRUCTIONS:
            return code.first_line if offset == _NOT_STARTED else None
        if self._left <= 0:
            return None
        table = self._bytes(code.line_table)
        self._left -= len(table)
        return line_at(table, code.first_line, offset)

    def _read_code(self, address: int) -> Code | None:
        layout = self.layout
        head = self.read(address, min(layout.code_instructions, _LONGEST_HEAD))
        places = (layout.code_filename, layout.code_name, layout.code_qualname,
                  layout.code_linetable, layout.code_first_line)  # fmt: skip
        if len(head) < max(places) + 8:
            return None
        filename, name, qualname, table = (
            int.from_bytes(head[at : at + 8], "little") for at in places[:4]
        )
        (first_line,) = struct.unpack_from("<i", head, layout.code_first_line)
        file, function = self.text(filename), self.text(qualname) or self.text(name)
        if file is None or function is None or first_line < 0:
            return None
        start = address + layout.code_instructions
        return Code(function, file, first_line, table, start)

    def text(self, address: int) -> str | None:
        """Return the string at ``address``, None where there is none."""
        if address not in self._texts:
            self._texts[address] = self._read_text(address)
        return self._texts[address]

    def _read_text(self, address: int) -> str | None:
        layout = self.layout
        size = layout.text_ascii + layout.own_text_gap
        head = self.read(address, size) if address else b""
        if len(head) < size:
            return None
        length = int.from_bytes(head[layout.text_length : layout.text_length + 8], "little")
        state = int.from_bytes(head[layout.text_state : layout.text_state + 4], "little")
        state >>= layout.own_state_shift
        kind, compact, ascii_only = state & 7, state >> 3 & 1, state >> 4 & 1
        if kind not in _ENCODINGS or not compact or length > _LONGEST_TEXT:
            return None
        start = address + (layout.text_ascii if ascii_only else size)
        data = self.read(start, length * kind)
        if len(data) < length * kind:
            return None
        return data.decode(_ENCODINGS[kind], "replace")

    def _bytes(self, address: int) -> bytes:
        data = self.read(address + self.layout.bytes_size, 8) if address else b""
        size = int.from_bytes(data, "little") if len(data) == 8 else 0
        if not 0 < size <= _LONGEST_TABLE:
            return b""
        return self.read(address + self.layout.bytes_data, size)
