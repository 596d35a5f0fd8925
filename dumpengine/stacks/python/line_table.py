"""The line of an instruction, from a code object's line table.

https://github.com/python/cpython/blob/main/InternalDocs/code_objects.md (3.11 and later): entries
of one byte with kind and length, and variable-length numbers of six bits a byte.
"""

from __future__ import annotations

_CODE_UNIT = 2  # bytes
_SHORT_FORMS, _ONE_LINE_FORMS, _NO_COLUMNS, _LONG, _NONE = 10, 13, 13, 14, 15


def line_at(table: bytes, first_line: int, offset: int) -> int | None:
    """Return the line of the instruction ``offset`` bytes into the code; None for none."""
    at, line, start = 0, first_line, 0
    while at < len(table) and table[at] & 0x80:
        kind, length = table[at] >> 3 & 15, (table[at] & 7) + 1
        change, at = _line_change(table, at + 1, kind)
        line += change
        start += length * _CODE_UNIT
        if offset < start:
            return line if kind != _NONE and line > 0 else None
    return None


def _line_change(table: bytes, at: int, kind: int) -> tuple[int, int]:
    """Return by how much an entry changes the line, and where the next one begins."""
    if kind < _SHORT_FORMS:
        return 0, at + 1
    if kind < _ONE_LINE_FORMS:
        return kind - _SHORT_FORMS, at + 2
    if kind == _NONE:
        return 0, at
    change, at = _signed(table, at)
    if kind == _LONG:
        for _ in range(3):  # end line, column, end column
            _, at = _number(table, at)
    return change, at


def _number(table: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(table):
        byte = table[at]
        value |= (byte & 63) << shift
        at, shift = at + 1, shift + 6
        if not byte & 64 or shift > 60:
            break
    return value, at


def _signed(table: bytes, at: int) -> tuple[int, int]:
    value, at = _number(table, at)
    return (-(value >> 1) if value & 1 else value >> 1), at
