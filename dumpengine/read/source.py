"""The file's bytes behind one door: every access is checked against the file's end.

A hostile file can point anywhere and at the same place many times over. So reads outside the file
raise DumpError, and the pieces that lists point to (names, contexts, records) share an allowance:
a whole dump refers to each of its bytes a few times at most, a bomb refers to them by the million.
"""

from __future__ import annotations

import struct
import sys
from array import array
from mmap import mmap
from typing import TypeVar

from dumpengine.errors import E_BAD_FORMAT, E_INVALID_HANDLE, DumpError
from dumpengine.format.layout import Struct

Buffer = bytes | memoryview | mmap
S = TypeVar("S", bound=Struct)

MAX_STRING = 0x10000  # bytes; a UNICODE_STRING cannot be longer
_ALLOWANCE = 64 << 20
_U32 = struct.Struct("<I")


def bad_format(cause: str, remedy: str = "") -> DumpError:
    """Return the error for bytes that are not what they should be; ``cause`` is a sentence."""
    return DumpError(E_BAD_FORMAT, cause, remedy)


def read_numbers(data: bytes) -> array[int]:
    """Return 64-bit little-endian numbers."""
    numbers = array("Q", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


class Source:
    """Bounds-checked access to a file in memory or mapped; ``size`` is its length in bytes."""

    def __init__(self, data: Buffer) -> None:
        self._data = data
        self.size = len(data)
        self._allowance = _ALLOWANCE + 2 * self.size
        self._strings: dict[int, str] = {}

    def holds(self, rva: int, size: int) -> bool:
        """Whether ``size`` bytes at ``rva`` lie inside the file."""
        return rva >= 0 and size >= 0 and rva + size <= self.size

    def read(self, rva: int, size: int, what: str) -> bytes:
        """Return a copy of ``size`` bytes; raises DumpError naming ``what`` when outside."""
        if not self.holds(rva, size):
            raise bad_format(
                f"{what} lies outside the file: {size} bytes at offset {rva}, "
                f"and the file has {self.size}."
            )
        if self._reach() < rva + size:
            raise bad_format("The file was cut off after it had been opened.", "Open it again.")
        return bytes(self._data[rva : rva + size])

    def _reach(self) -> int:
        """Return how far the file reaches now.

        Folklore: touching a mapped page that the file has lost since kills the process (SIGBUS).
        """
        if not isinstance(self._data, mmap):
            return self.size
        if self._data.closed:
            raise DumpError(E_INVALID_HANDLE, "The dump was closed.", "Open it again.")
        return min(self.size, self._data.size())

    def piece(self, rva: int, size: int, what: str) -> bytes:
        """Like :meth:`read`, for what a list's entry points to; counts against the allowance."""
        if size > self._allowance:
            raise bad_format(f"{what} is more than this file can mean: its lists refer too often.")
        data = self.read(rva, size, what)
        self._allowance -= size
        return data

    def unpack(self, kind: type[S], rva: int, what: str) -> S:
        """Read one struct at ``rva``."""
        return kind.unpack(self.read(rva, kind.SIZE, what))

    def string(self, rva: int, what: str) -> str:
        """Read a MINIDUMP_STRING; unpaired surrogates become U+FFFD."""
        known = self._strings.get(rva)
        if known is None:
            data = self._counted(rva, what)
            known = data[: len(data) & ~1].decode("utf-16-le", "replace")
            self._strings[rva] = known
        return known

    def utf8_string(self, rva: int, what: str) -> str:
        """Read Crashpad's string: byte length, UTF-8 text, NUL."""
        return self._counted(rva, what).decode("utf-8", "replace")

    def _counted(self, rva: int, what: str) -> bytes:
        (size,) = _U32.unpack(self.read(rva, 4, what))
        if size > MAX_STRING:
            raise bad_format(f"{what} is {size} bytes long, more than any name.")
        return self.piece(rva + 4, size, what)

    def copy_into(self, offset: int, buffer: memoryview) -> int:
        """Fill ``buffer`` from ``offset`` on as far as the file goes; return the bytes copied."""
        size = max(0, min(len(buffer), self._reach() - offset))
        with memoryview(self._data) as view:
            buffer[:size] = view[offset : offset + size]
        return size
