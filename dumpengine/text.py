"""Words for people: sizes, and the text of processes and files, which is only ever text."""

from __future__ import annotations

_UNITS = ("bytes", "KB", "MB", "GB", "TB", "PB", "EB")  # each is 1000 of the one before


def size_text(size: float) -> str:
    """Return a number of bytes as a person says it: ``512 bytes``, ``1.5 KB``, ``2.1 GB``.

    A KB is 1000 bytes, as disks are sold and file managers count. The engine's sentences, the
    terminal and the window all use it: one file has one size everywhere.
    """
    amount, unit = _in_unit(size)
    return f"{_digits(amount, unit)} {_UNITS[unit]}"


def part_text(done: float, total: float) -> tuple[str, str]:
    """Return ``1.2`` and ``2.1 GB``: both in the unit of the total."""
    amount, unit = _in_unit(total)
    part = done * amount / total if total else 0.0
    return _digits(part, unit), f"{_digits(amount, unit)} {_UNITS[unit]}"


def _in_unit(size: float) -> tuple[float, int]:
    unit = 0
    # From 999.5 on it would be shown as 1000: that is 1.0 of the next unit.
    while size >= 999.5 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return size, unit


def _digits(amount: float, unit: int) -> str:
    return f"{amount:.0f}" if unit == 0 or amount >= 99.95 else f"{amount:.1f}"


def printable(text: str) -> str:
    """Return ``text`` on one line and encodable: other characters become ``\\xNN`` escapes.

    Bytes that are no UTF-8 (lone surrogates, from ``surrogateescape``) show as those bytes.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def printable_lines(text: str) -> str:
    """As :func:`printable`, but line ends stay: for what is several lines on purpose."""
    return "\n".join(map(printable, text.split("\n")))


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    width = 2 if code <= 0xFF else 4 if code <= 0xFFFF else 8
    return f"\\{'xuU'[(width > 2) + (width > 4)]}{code:0{width}x}"
