"""ELF files as strangers left them: segments, sections, build id, where the unwind tables are.

Layouts: elf(5). Nothing here trusts a count or an offset: whatever lies outside the file is not
there, and a damaged file has less, raising nothing but ElfError when it is none at all.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from mmap import mmap
from pathlib import Path

PT_LOAD, PT_NOTE = 1, 4
PT_GNU_EH_FRAME = 0x6474E550
SHT_SYMTAB, SHT_DYNSYM, SHT_NOBITS = 2, 11, 8
_BUILD_ID = 3  # note type of GNU's
_PAGE = 4096
_MOST = 1 << 16  # entries of a table of headers: more cannot be told


class ElfError(ValueError):
    """These bytes are no ELF file that we read."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A program header."""

    type: int
    offset: int
    address: int
    file_size: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section header; ``address`` is 0 for what is not loaded."""

    name: str
    type: int
    address: int
    offset: int
    size: int
    link: int


@dataclass(frozen=True, slots=True)
class _Layout:
    header: struct.Struct
    segment: struct.Struct
    section: struct.Struct
    places: tuple[int, int, int, int]  # of type, offset, address and size in a program header


_LAYOUTS = {
    1: _Layout(
        struct.Struct("<16xHHIIIIIHHHHHH"),
        struct.Struct("<8I"),
        struct.Struct("<10I"),
        (0, 1, 2, 4),
    ),
    2: _Layout(
        struct.Struct("<16xHHIQQQIHHHHHH"),
        struct.Struct("<IIQQQQQQ"),
        struct.Struct("<IIQQQQIIQQ"),
        (0, 2, 3, 5),
    ),
}


class ElfFile:
    """A little-endian ELF file, its bytes mapped or in memory. Addresses are the linker's."""

    def __init__(self, data: bytes | mmap, path: Path | None = None) -> None:
        if len(data) < 52 or data[:4] != b"\x7fELF" or data[5] != 1 or data[4] not in _LAYOUTS:
            raise ElfError("it is no little-endian ELF file")
        self.data = data
        self.path = path
        self.word = 4 * data[4]
        self._layout = _LAYOUTS[data[4]]
        if len(data) < self._layout.header.size:
            raise ElfError("it ends within its header")
        head = self._layout.header.unpack_from(data)
        _, _, _, _, self._at_segments, self._at_sections, _, _, _, segments, _, sections, name = (
            head
        )
        self._counts = segments, sections
        self._names_index = name

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The program headers."""
        kind, offset, address, size = self._layout.places
        return tuple(
            Segment(row[kind], row[offset], row[address], row[size])
            for row in self._rows(self._at_segments, self._counts[0], self._layout.segment)
        )

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The section headers; none in what was stripped of them."""
        rows = list(self._rows(self._at_sections, self._counts[1], self._layout.section))
        names = b""
        if self._names_index < len(rows):
            names = self.bytes_at(
                rows[self._names_index][4], min(rows[self._names_index][5], _MOST)
            )
        return tuple(
            Section(_name(names, row[0]), row[1], row[3], row[4], row[5], row[6]) for row in rows
        )

    def section(self, name: str) -> Section | None:
        """Return the first section of that name."""
        return next((section for section in self.sections if section.name == name), None)

    def contents(self, section: Section) -> bytes:
        """Return a section's bytes as far as the file holds them."""
        if section.type == SHT_NOBITS:
            return b""
        return self.bytes_at(section.offset, section.size)

    def bytes_at(self, offset: int, size: int) -> bytes:
        """Return bytes by their place in the file, fewer at its end."""
        return self.data[offset : offset + size] if 0 <= offset <= len(self.data) else b""

    @cached_property
    def base(self) -> int:
        """The address of the file's first byte."""
        loads = [segment for segment in self.segments if segment.type == PT_LOAD]
        first = min(loads, key=lambda segment: segment.address, default=None)
        return (first.address - first.offset) // _PAGE * _PAGE if first else 0

    @cached_property
    def build_id(self) -> bytes:
        """The GNU build id, empty without one."""
        for segment in self.segments:
            if segment.type == PT_NOTE:
                notes = self.bytes_at(segment.offset, min(segment.file_size, _MOST))
                if found := _find_build_id(notes):
                    return found
        return b""

    @property
    def has_lines(self) -> bool:
        """Whether it has debug information."""
        return any(map(self.section, (".debug_info", ".zdebug_info")))

    @property
    def debug_link(self) -> tuple[str, int] | None:
        """Name and checksum of the separate debug file (.gnu_debuglink), None without one."""
        section = self.section(".gnu_debuglink")
        data = self.contents(section)[:_MOST] if section else b""
        name = data.partition(b"\0")[0].decode("utf-8", "replace")
        at = len(name.encode()) // 4 * 4 + 4
        if not name or "/" in name or len(data) < at + 4:
            return None
        return name, int.from_bytes(data[at : at + 4], "little")

    def read(self, address: int, size: int) -> bytes:
        """Return bytes by the linker's address, as far as one segment's file part reaches."""
        for segment in self.segments:
            into = address - segment.address
            if segment.type == PT_LOAD and 0 <= into < segment.file_size:
                return self.bytes_at(segment.offset + into, min(size, segment.file_size - into))
        return b""

    def _rows(self, offset: int, count: int, entry: struct.Struct) -> Iterator[tuple[int, ...]]:
        data = self.bytes_at(offset, count * entry.size) if offset else b""
        return entry.iter_unpack(data[: len(data) // entry.size * entry.size])


def _name(names: bytes, at: int) -> str:
    return names[at : names.find(b"\0", at)].decode("utf-8", "replace")


def _find_build_id(notes: bytes) -> bytes:
    at = 0
    while at + 12 <= len(notes):
        name_size, size, kind = struct.unpack_from("<III", notes, at)
        content = at + 12 + (name_size + 3) // 4 * 4
        if kind == _BUILD_ID and notes[at + 12 : at + 16] == b"GNU\0":
            return notes[content : content + size]
        at = content + (size + 3) // 4 * 4
    return b""
