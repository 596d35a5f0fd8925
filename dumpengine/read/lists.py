"""The two shapes of a list: a count and entries, or a head that tells the sizes of both."""

from __future__ import annotations

import struct

from dumpengine.read.source import bad_format

_U32 = struct.Struct("<I")


def counted_entries(body: bytes, size: int, what: str) -> bytes:
    """Return the entries of ``size`` bytes behind a u32 count, back to back.

    Folklore: 64-bit Breakpad writers align the entries to 8 bytes, so four bytes of padding follow
    the count; the stream is then exactly four bytes longer than count and entries need.
    """
    if len(body) < 4:
        raise bad_format(f"{what} is too short for its count.")
    (count,) = _U32.unpack_from(body)
    start = 8 if len(body) == 8 + count * size else 4
    return _checked(body, start, count * size, f"{what} promises {count} entries and ends earlier.")


def headed_entries(body: bytes, header: int, stride: int, count: int, size: int) -> bytes:
    """Return ``count`` entries cut to the ``size`` bytes we know, back to back.

    ``header`` and ``stride`` are SizeOfHeader and SizeOfEntry as the stream gives them: a newer
    writer may have made both longer.
    """
    if stride < size or header < 12:
        raise bad_format(f"A list has a head of {header} and entries of {stride} bytes.")
    end = f"A list promises {count} entries of {stride} bytes and ends earlier."
    entries = _checked(body, header, count * stride, end)
    if stride == size:
        return entries
    return b"".join(entries[at : at + size] for at in range(0, len(entries), stride))


def _checked(body: bytes, start: int, size: int, problem: str) -> bytes:
    if start + size > len(body):
        raise bad_format(problem)
    return body[start : start + size]
