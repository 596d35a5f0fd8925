"""What must not be found in a dump that is passed on: any six bytes of a secret in a row.

Secrets are the values of the environment, the words of the command line and the folders of mapped
files. A program keeps them in other encodings as well: Python as UTF-32 or Latin-1, Windows and
Java as UTF-16, the C library of Windows in the code page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

WINDOW = 6  # bytes of a secret that may not stand in a row
_LEAST_CHARACTERS = 3  # in UTF-16 and UTF-32: two are in every kind of data
_WIDE = ("utf-16-le", "utf-32-le", "utf-16-be", "utf-32-be")
_NARROW = ("latin-1", "cp1252")


def needles(secrets: Iterable[bytes], spared: Iterable[bytes] = ()) -> frozenset[bytes]:
    """Return all byte strings to search for; a secret is UTF-8, or whatever the system had.

    What the names in ``spared`` hold themselves is not searched for: a dump has to tell what its
    modules are called, and the command line's first word is the program.
    """
    open_ = {piece for name in spared for piece in _windows(name)}
    return frozenset(
        form
        for secret in set(secrets)
        for window, forms in _forms(secret)
        if window not in open_
        for form in forms
    )


def _forms(secret: bytes) -> Iterator[tuple[bytes, tuple[bytes, ...]]]:
    """Yield each window of a secret with what it looks like in memory."""
    for window in _windows(secret):
        yield window, (window,)
    text = secret.decode("utf-8", "surrogateescape")
    for piece in _text_windows(text):
        yield piece.encode("utf-8", "surrogateescape"), tuple(_encoded(piece, _WIDE))
    if not text.isascii():
        for other in _encoded(text, _NARROW):
            yield from ((window, (window,)) for window in _windows(other))


def _windows(data: bytes) -> Iterator[bytes]:
    return (data[at : at + WINDOW] for at in range(len(data) - WINDOW + 1))


def _text_windows(text: str) -> Iterator[str]:
    """Yield the shortest pieces that are WINDOW bytes as UTF-8, one from each character on."""
    sizes = [len(character.encode("utf-8", "surrogateescape")) for character in text]
    for start in range(len(text)):
        end, size = start, 0
        while end < len(text) and (size < WINDOW or end - start < _LEAST_CHARACTERS):
            size += sizes[end]
            end += 1
        if size < WINDOW or end - start < _LEAST_CHARACTERS:
            return
        yield text[start:end]


def _encoded(text: str, encodings: Iterable[str]) -> Iterator[bytes]:
    for encoding in encodings:
        try:
            yield text.encode(encoding)
        except UnicodeEncodeError:
            continue
