"""PE files as strangers left them: sections, exports, COFF symbols, function tables.

Layouts: https://learn.microsoft.com/windows/win32/debug/pe-format. Nothing here trusts a count or
an offset: what lies outside the file is not there.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from mmap import mmap
from pathlib import Path

AMD64 = 0x8664
_PE64 = 0x20B
_EXPORTS, _EXCEPTIONS = 0, 3  # places in the table of data directories
_MOST = 1 << 16  # exports; a name has 16 bits
_MOST_SYMBOLS = 1 << 20
_LONGEST_NAME = 1 << 12
_FUNCTION = 0x20  # type of a COFF symbol
_SYMBOL = struct.Struct("<8sIhHBB")

Read = Callable[[int, int], bytes]


class PeError(ValueError):
    """These bytes are no PE file."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section; ``address`` and ``size`` in memory, ``offset`` and ``file_size`` in the file."""

    address: int
    size: int
    offset: int
    file_size: int


@dataclass(frozen=True, slots=True)
class Named:
    """A function: its address relative to the image, and its name."""

    address: int
    name: str


class PeFile:
    """A PE image. Addresses are relative to it (RVAs).

    ``data`` is the file, or in memory its first page; then ``flat`` reads by address instead.
    """

    def __init__(
        self, data: bytes | mmap, path: Path | None = None, flat: Read | None = None
    ) -> None:
        self.data = data
        self.path = path
        self._flat = flat
        try:
            self._parse()
        except struct.error:
            raise PeError("it ends within its headers") from None

    def _parse(self) -> None:
        (at,) = struct.unpack_from("<I", self.data, 0x3C)
        if self.data[:2] != b"MZ" or self.data[at : at + 4] != b"PE\0\0":
            raise PeError("it has no signature")
        head = struct.unpack_from("<HHIIIHH", self.data, at + 4)
        self.machine, sections, self.timestamp, self._symbols, self._symbol_count, size, _ = head
        optional = at + 24
        (magic,) = struct.unpack_from("<H", self.data, optional)
        self.is_64bit = magic == _PE64
        (self.image_size,) = struct.unpack_from("<I", self.data, optional + 56)
        self._directories = optional + (112 if self.is_64bit else 96)
        self.sections = tuple(self._sections(optional + size, sections))

    def _sections(self, at: int, count: int) -> Iterator[Section]:
        for number in range(count):
            fields = struct.unpack_from("<8s4I", self.data, at + 40 * number)
            yield Section(fields[2], max(fields[1], fields[3]), fields[4], fields[3])

    def read(self, address: int, size: int) -> bytes:
        """Return bytes by their address, fewer where a section ends."""
        if self._flat is not None:
            return self._flat(address, size)
        for section in self.sections:
            into = address - section.address
            if 0 <= into < section.file_size:
                start = section.offset + into
                return self.data[start : start + min(size, section.file_size - into)]
        return self.data[address : address + size] if address < 0x400 else b""

    @property
    def exception_table(self) -> tuple[int, int]:
        """Address and size of .pdata, 0 and 0 without."""
        return self._directory(_EXCEPTIONS)

    def _directory(self, number: int) -> tuple[int, int]:
        try:
            address, size = struct.unpack_from("<II", self.data, self._directories + 8 * number)
        except struct.error:
            return 0, 0
        return address, size

    @cached_property
    def exports(self) -> tuple[Named, ...]:
        """The exported names; forwarders to other libraries are left out."""
        start, size = self._directory(_EXPORTS)
        head = self.read(start, 40) if start else b""
        if len(head) < 40:
            return ()
        _, _, _, functions, names, ordinals = struct.unpack_from("<6I", head, 16)
        count = min(struct.unpack_from("<I", head, 24)[0], _MOST)
        table = _numbers(self.read(names, 4 * count), "<I")
        indexes = _numbers(self.read(ordinals, 2 * count), "<H")
        addresses = _numbers(self.read(functions, 4 * _MOST), "<I")
        return tuple(
            Named(addresses[index], self._text(name))
            for name, index in zip(table, indexes, strict=False)
            if index < len(addresses) and not start <= addresses[index] < start + size
        )

    @cached_property
    def symbols(self) -> tuple[Named, ...]:
        """The functions of the COFF symbol table, which GNU's linker writes."""
        if not self._symbols or self._flat is not None:
            return ()
        count = min(self._symbol_count, _MOST_SYMBOLS)
        table = self.data[self._symbols : self._symbols + count * _SYMBOL.size]
        strings = self._symbols + self._symbol_count * _SYMBOL.size
        found, skip = [], 0
        for row in _SYMBOL.iter_unpack(table[: len(table) // _SYMBOL.size * _SYMBOL.size]):
            name, value, section, kind, _, extra = row
            if skip:
                skip -= 1
                continue
            skip = extra
            if kind == _FUNCTION and 0 < section <= len(self.sections):
                address = self.sections[section - 1].address + value
                found.append(Named(address, self._symbol_name(name, strings)))
        return tuple(found)

    def _symbol_name(self, name: bytes, strings: int) -> str:
        if name[:4] == bytes(4):
            start = strings + int.from_bytes(name[4:], "little")
            name = self.data[start : start + _LONGEST_NAME]
        return name.partition(b"\0")[0].decode("utf-8", "replace")

    def _text(self, address: int) -> str:
        return self.read(address, _LONGEST_NAME).partition(b"\0")[0].decode("utf-8", "replace")


def _numbers(data: bytes, code: str) -> list[int]:
    size = struct.calcsize(code)
    return [number for (number,) in struct.iter_unpack(code, data[: len(data) // size * size])]
