"""Function names for addresses, from the symbol tables of files on this machine.

A separate debug file knows most, then the file's own ``.symtab``, the compressed one that Fedora
adds (``.gnu_debugdata``), a Breakpad ``.sym`` file, and what a library exports. Each is read when
the ones before it have no name. Nothing here trusts a count or an offset; a damaged file has no
names. Layouts: elf(5).
"""

from __future__ import annotations

import lzma
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dumpengine.snapshot import Module
from dumpengine.stacks.elf import SHT_DYNSYM, SHT_SYMTAB, ElfError, ElfFile, Section
from dumpengine.stacks.files import Files
from dumpengine.stacks.symbol_table import Function, SymbolTable

_CODE = frozenset((0, 2, 10))  # STT_NOTYPE (of hand-written assembly), STT_FUNC, STT_GNU_IFUNC
_MOST_BYTES = 64 << 20  # of one table; the largest browsers have a quarter of it
_LONGEST_NAME = 1 << 14


class ModuleSymbols:
    """All that is known of one module's functions, the best source first."""

    def __init__(self, tables: Iterable[SymbolTable]) -> None:
        self._unread = iter(tables)
        self._tables: list[SymbolTable] = []

    def __len__(self) -> int:
        return sum(map(len, self._all()))

    def find(self, offset: int) -> Function | None:
        """Return the function at an offset from the module's base; may read files for it."""
        return next(filter(None, (table.find(offset) for table in self._all())), None)

    def name(self, offset: int) -> str:
        """Return ``read+0x14`` for an offset from the module's base; empty outside of all."""
        function = self.find(offset)
        return f"{function.name}+0x{offset - function.start:x}" if function else ""

    def _all(self) -> Iterator[SymbolTable]:
        yield from self._tables
        for table in self._unread:
            self._tables.append(table)
            yield table


def symbols_of(module: Module, folders: Sequence[Path] = ()) -> ModuleSymbols:
    """Return the functions of a module of a dump; empty when no file of that build is here.

    Files are looked for in the system's folders and in ``folders``.
    """
    files = Files(folders)
    own = files.elf(module)
    return ModuleSymbols(tables_of(own, files.debug(module, own)))


def tables_of(own: ElfFile | None, debug: ElfFile | None) -> Iterator[SymbolTable]:
    """Yield the symbol tables of a module's own file and of its separate debug file."""
    base = own.base if own else debug.base if debug else 0
    for elf in filter(None, (debug, own)):
        yield from _tables(elf, SHT_SYMTAB, base)
    if own is not None:
        if small := _mini_debug_info(own):
            yield from _tables(small, SHT_SYMTAB, base)
        yield from _tables(own, SHT_DYNSYM, base)


def _tables(elf: ElfFile, kind: int, base: int) -> Iterator[SymbolTable]:
    for section in elf.sections:
        if section.type == kind:
            yield _elf_table(elf, section, base)


def _elf_table(elf: ElfFile, section: Section, base: int) -> SymbolTable:
    strings = elf.sections[section.link] if section.link < len(elf.sections) else None
    names = elf.bytes_at(strings.offset, min(strings.size, _MOST_BYTES)) if strings else b""
    columns = _columns(elf.bytes_at(section.offset, min(section.size, _MOST_BYTES)), elf.word)
    places = [
        place
        for place, (info, value) in enumerate(zip(columns.infos, columns.values, strict=True))
        if info & 15 in _CODE and info >> 16 and value >= base
    ]

    def name(place: int) -> str:
        start = columns.names[places[place]]
        end = names.find(b"\0", start, start + _LONGEST_NAME)
        text = names[start : end if end >= 0 else start].decode("utf-8", "replace")
        return text.partition("@")[0]  # without the version: read@@GLIBC_2.2.5

    return SymbolTable(
        [columns.values[place] - base for place in places],
        [columns.sizes[place] for place in places],
        name,
    )


@dataclass(frozen=True, slots=True)
class _Columns:
    """A symbol table by columns; an ``info`` holds type and section: 0xSSSS0B0T."""

    names: Sequence[int]
    infos: Sequence[int]
    values: Sequence[int]
    sizes: Sequence[int]


def _columns(table: bytes, word: int) -> _Columns:
    numbers = array("Q" if word == 8 else "I")
    step = 3 if word == 8 else 4
    numbers.frombytes(table[: len(table) // (step * word) * step * word])
    if sys.byteorder == "big":
        numbers.byteswap()
    if word == 8:
        heads = numbers[0::3]
        names = [head & 0xFFFFFFFF for head in heads]
        return _Columns(names, [head >> 32 for head in heads], numbers[1::3], numbers[2::3])
    return _Columns(numbers[0::4], numbers[3::4], numbers[1::4], numbers[2::4])


def _mini_debug_info(elf: ElfFile) -> ElfFile | None:
    section = elf.section(".gnu_debugdata")
    if section is None:
        return None
    try:
        unpacker = lzma.LZMADecompressor(memlimit=_MOST_BYTES)
        return ElfFile(unpacker.decompress(elf.contents(section), _MOST_BYTES))
    except (lzma.LZMAError, ElfError):
        return None
