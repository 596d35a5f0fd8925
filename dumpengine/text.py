"""Text of processes and files made fit for people to read: it is only ever text."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return ``text`` on one line and encodable: other characters become ``\\xNN`` escapes.

    Bytes that are no UTF-8 (lone surrogates, from ``surrogateescape``) show as those bytes.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escape(c) for c in text)


def _escape(char: str) -> str:
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    width = 2 if code <= 0xFF else 4 if code <= 0xFFFF else 8
    return f"\\{'xuU'[(width > 2) + (width > 4)]}{code:0{width}x}"
