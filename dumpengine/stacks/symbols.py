"""Function names for addresses, from the symbol tables of ELF files on this machine.

Layouts: elf(5). A file is asked only when its build id is the module's: the names of another
build would be wrong ones. Nothing here trusts a count or an offset; a damaged file has no names.
"""

from __future__ import annotations

import mmap
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dumpengine.read.codeview import decode_codeview
from dumpengine.snapshot import Module

_DEBUG_FILES = Path("/usr/lib/debug/.build-id")
_LOAD, _NOTE = 1, 4  # p_type
_SYMTAB, _DYNSYM = 2, 11  # sh_type
_BUILD_ID = 3  # note type of GNU's
_FUNCTIONS = (2, 10)  # STT_FUNC, STT_GNU_IFUNC
_MOST_BYTES = 64 << 20  # of one table; the largest browsers have a quarter of it
_PAGE = 4096


@dataclass(frozen=True, slots=True)
class _Layout:
    """One class of ELF: where its tables are told, and their entries."""

    header: struct.Struct
    segment: struct.Struct
    section: struct.Struct
    symbol: struct.Struct
    segment_fields: tuple[int, int, int, int]  # places of type, offset, address, size in the file
    symbol_fields: tuple[int, int, int, int, int]  # of name, info, section, value, size


_LAYOUTS = {
    1: _Layout(
        struct.Struct("<16xHHIIIIIHHHHHH"),
        struct.Struct("<8I"),
        struct.Struct("<10I"),
        struct.Struct("<IIIBBH"),
        (0, 1, 2, 4),
        (0, 3, 5, 1, 2),
    ),
    2: _Layout(
        struct.Struct("<16xHHIQQQIHHHHHH"),
        struct.Struct("<IIQQQQQQ"),
        struct.Struct("<IIQQQQIIQQ"),
        struct.Struct("<IBBHQQ"),
        (0, 2, 3, 5),
        (0, 1, 3, 4, 5),
    ),
}


class SymbolTable:
    """The functions of one module: (offset from the module's base, size, name) each."""

    def __init__(self, functions: Iterable[tuple[int, int, bytes]] = ()) -> None:
        self._functions = sorted(functions)
        self._starts = [function[0] for function in self._functions]

    def __len__(self) -> int:
        return len(self._functions)

    def name(self, offset: int) -> str:
        """Return ``read+0x14`` for an offset from the module's base; empty outside of all."""
        place = bisect_right(self._starts, offset) - 1
        if place < 0:
            return ""
        start, size, name = self._functions[place]
        if offset >= start + max(size, 1):
            return ""
        return f"{name.decode('utf-8', 'replace')}+0x{offset - start:x}"


def symbols_of(module: Module) -> SymbolTable:
    """Return the functions of a module of a dump; empty when no file of that build is here.

    A separate debug file is preferred to the module's own. Blocks while files are read.
    """
    codeview = decode_codeview(module.codeview)
    if codeview is None or codeview.kind != "BpEL" or len(codeview.identifier) < 4:
        return SymbolTable()
    build_id = codeview.identifier
    debug = _DEBUG_FILES / build_id[:2] / f"{build_id[2:]}.debug"
    for path in (debug, *_local(module.path)):
        with suppress(OSError, ValueError, struct.error, IndexError):
            if functions := _read(path, bytes.fromhex(build_id)):
                return SymbolTable(functions)
    return SymbolTable()


def _local(path: str) -> tuple[Path, ...]:
    """Return the path unless it could lead to another machine: whoever made the dump wrote it."""
    return (Path(path),) if path.startswith("/") and not path.startswith("//") else ()


def _read(path: Path, build_id: bytes) -> list[tuple[int, int, bytes]]:
    if not path.is_file():  # a device or a pipe named by a dump is not opened
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != b"\x7fELF" or data[5] != 1:  # little-endian, as all we capture
            return []
        elf = _ElfFile(data, _LAYOUTS[data[4]])
        return list(elf.functions()) if elf.build_id() == build_id else []


class _ElfFile:
    def __init__(self, data: mmap.mmap, layout: _Layout) -> None:
        self._data = data
        self._layout = layout
        header = layout.header.unpack_from(data)
        _, _, _, _, at_segments, at_sections, _, _, _, segments, _, sections, _ = header
        self._segments = list(_table(data, at_segments, segments, layout.segment))
        self._sections = list(_table(data, at_sections, sections, layout.section))

    def build_id(self) -> bytes:
        """Return the build id of the file's notes; empty without one."""
        kind, offset, _, size = self._layout.segment_fields
        for segment in self._segments:
            if segment[kind] == _NOTE:
                found = _find_build_id(
                    self._data[segment[offset] : segment[offset] + segment[size]]
                )
                if found:
                    return found
        return b""

    def functions(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield offset from the base, size and name of each function."""
        base = self._base()
        for wanted in (_SYMTAB, _DYNSYM):  # the first holds what the second does, and more
            tables = [section for section in self._sections if section[1] == wanted]
            for section in tables:
                yield from self._functions_of(section, base)
            if tables:
                return

    def _base(self) -> int:
        kind, _, address, _ = self._layout.segment_fields
        loaded = [segment[address] for segment in self._segments if segment[kind] == _LOAD]
        return min(loaded, default=0) // _PAGE * _PAGE

    def _functions_of(
        self, section: tuple[int, ...], base: int
    ) -> Iterator[tuple[int, int, bytes]]:
        name, info, index, value, size = self._layout.symbol_fields
        names = self._bytes_of(self._sections[section[6]])
        table = self._bytes_of(section)
        whole = len(table) // self._layout.symbol.size * self._layout.symbol.size
        for symbol in self._layout.symbol.iter_unpack(table[:whole]):
            if symbol[index] and symbol[info] & 15 in _FUNCTIONS and symbol[value] >= base:
                text = names[symbol[name] : names.find(b"\0", symbol[name])]
                yield symbol[value] - base, symbol[size], text

    def _bytes_of(self, section: tuple[int, ...]) -> bytes:
        offset, size = section[4], min(section[5], _MOST_BYTES)
        return self._data[offset : offset + size]


def _table(
    data: mmap.mmap, offset: int, count: int, entry: struct.Struct
) -> Iterator[tuple[int, ...]]:
    for number in range(count):
        yield entry.unpack_from(data, offset + number * entry.size)


def _find_build_id(notes: bytes) -> bytes:
    at = 0
    while at + 12 <= len(notes):
        name_size, size, kind = struct.unpack_from("<III", notes, at)
        content = at + 12 + (name_size + 3) // 4 * 4
        if kind == _BUILD_ID and notes[at + 12 : at + 16] == b"GNU\0":
            return notes[content : content + size]
        at = content + (size + 3) // 4 * 4
    return b""
