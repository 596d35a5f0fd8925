"""ELF images as the loader left them in memory: program headers, build id, dynamic section.

Layouts: elf(5). Nothing here trusts a count or an offset; a damaged image yields less, no error.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PT_LOAD = 1
PT_DYNAMIC = 2
PT_NOTE = 4
PT_PHDR = 6
PT_TLS = 7
PT_GNU_EH_FRAME = 0x6474E550
PF_X = 1
PF_W = 2

DT_HASH = 4
DT_STRTAB = 5
DT_SYMTAB = 6
DT_STRSZ = 10
DT_SONAME = 14
DT_DEBUG = 21
DT_GNU_HASH = 0x6FFFFEF5

_NT_GNU_BUILD_ID = 3
_MAX_HEADERS = 256
_MAX_NOTES = 1 << 16
_MAX_DYNAMIC = 1 << 16
_MAX_CHAIN = 4096  # symbols that share a bucket; a handful in real libraries
_PAGE = 4096

ReadMemory = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class ProgramHeader:
    """One segment; ``address`` is where it is in memory."""

    type: int
    flags: int
    offset: int
    address: int
    size: int
    alignment: int


@dataclass(frozen=True, slots=True)
class ElfImage:
    """An ELF file in memory, its first byte at ``base``; ``bias`` added to its addresses."""

    base: int
    bias: int
    is_64bit: bool
    machine: int
    entry: int
    headers: tuple[ProgramHeader, ...]
    read: ReadMemory

    @property
    def end(self) -> int:
        """First address behind the last segment, rounded up to a page."""
        ends = [header.address + header.size for header in self.segments(PT_LOAD)]
        return -(-max(ends, default=self.base) // _PAGE) * _PAGE

    def segments(self, kind: int) -> Iterator[ProgramHeader]:
        """Yield the program headers of one type."""
        return (header for header in self.headers if header.type == kind)

    @property
    def build_id(self) -> bytes:
        """The GNU build id, empty when the image has none."""
        for header in self.segments(PT_NOTE):
            notes = self.read(header.address, min(header.size, _MAX_NOTES))
            found = _find_build_id(notes, max(header.alignment, 4))
            if found:
                return found
        return b""

    @property
    def dynamic(self) -> dict[int, int]:
        """Tags of the dynamic section, the first value of each."""
        tags: dict[int, int] = {}
        for header in self.segments(PT_DYNAMIC):
            data = self.read(header.address, min(header.size, _MAX_DYNAMIC))
            for tag, value in self._words("qQ", "iI", data):
                if tag == 0:
                    break
                tags.setdefault(tag, value)
        return tags

    @property
    def soname(self) -> str:
        """DT_SONAME, empty when there is none."""
        tags = self.dynamic
        if DT_SONAME not in tags or DT_STRTAB not in tags:
            return ""
        table = self._absolute(tags[DT_STRTAB])
        return self._string(table + tags[DT_SONAME])

    def symbol(self, name: bytes) -> int:
        """Return the address of an exported symbol, 0 when it is not exported (64-bit only)."""
        tags = self.dynamic
        if not self.is_64bit or not {DT_GNU_HASH, DT_SYMTAB, DT_STRTAB} <= tags.keys():
            return 0
        strings = self._absolute(tags[DT_STRTAB])
        symbols = self._absolute(tags[DT_SYMTAB])
        for index in self._hash_chain(self._absolute(tags[DT_GNU_HASH]), name):
            data = self.read(symbols + index * 24, 24)
            if len(data) < 24:
                return 0
            name_offset, _info, _other, _section, value = struct.unpack_from("<IBBHQ", data)
            if self.read(strings + name_offset, len(name) + 1) == name + b"\0":
                return self.bias + int(value)
        return 0

    def _hash_chain(self, table: int, name: bytes) -> Iterator[int]:
        """Yield the symbol indexes of DT_GNU_HASH that may bear ``name``."""
        head = self.read(table, 16)
        if len(head) < 16:
            return
        buckets, first, bloom_words, _shift = struct.unpack("<4I", head)
        if not buckets:
            return
        wanted = _gnu_hash(name)
        bucket_table = table + 16 + bloom_words * 8
        head_of_chain = self._u32(bucket_table + wanted % buckets * 4)
        if head_of_chain < first:
            return
        for index in range(head_of_chain, head_of_chain + _MAX_CHAIN):
            value = self._u32(bucket_table + (buckets + index - first) * 4)
            if value | 1 == wanted | 1:
                yield index
            if value & 1 or not value:
                return

    def _u32(self, address: int) -> int:
        return int.from_bytes(self.read(address, 4), "little")

    def _absolute(self, value: int) -> int:
        """The loader relocates dynamic addresses in place; musl and the vdso leave them alone."""
        return value if value >= self.base else self.bias + value

    def _string(self, address: int) -> str:
        return self.read(address, 1024).partition(b"\0")[0].decode("utf-8", "surrogateescape")

    def _words(self, code64: str, code32: str, data: bytes) -> Iterator[tuple[int, int]]:
        codec = struct.Struct("<" + (code64 if self.is_64bit else code32))
        usable = len(data) // codec.size * codec.size
        return codec.iter_unpack(data[:usable])


def parse(base: int, read: ReadMemory) -> ElfImage | None:
    """Read the ELF headers at ``base``; None when there is no ELF image."""
    ident = read(base, 64)
    if len(ident) < 64 or ident[:4] != b"\x7fELF" or ident[4] not in (1, 2):
        return None
    is_64bit = ident[4] == 2
    code = "<HHIQQQIHHH" if is_64bit else "<HHIIIIIHHH"
    _type, machine, _version, entry, table, _s, _f, _h, size, count = struct.unpack_from(
        code, ident, 16
    )
    if size < (56 if is_64bit else 32):
        return None
    data = read(base + table, size * min(count, _MAX_HEADERS))
    raw = [_program_header(data, at, is_64bit) for at in range(0, len(data) - size + 1, size)]
    bias = _bias(base, raw)
    headers = tuple(
        ProgramHeader(h.type, h.flags, h.offset, h.address + bias, h.size, h.alignment) for h in raw
    )
    return ElfImage(base, bias, is_64bit, machine, entry + bias, headers, read)


def _program_header(data: bytes, at: int, is_64bit: bool) -> ProgramHeader:
    if is_64bit:
        kind, flags, offset, address, _p, _file, size, align = struct.unpack_from(
            "<IIQQQQQQ", data, at
        )
    else:
        kind, offset, address, _p, _file, size, flags, align = struct.unpack_from("<8I", data, at)
    return ProgramHeader(kind, flags, offset, address, size, align)


def _bias(base: int, headers: list[ProgramHeader]) -> int:
    loads = [header for header in headers if header.type == PT_LOAD]
    if not loads:
        return 0
    first = min(loads, key=lambda header: header.address)
    return base - (first.address - first.offset) // _PAGE * _PAGE


def _find_build_id(notes: bytes, alignment: int) -> bytes:
    at = 0
    while at + 12 <= len(notes):
        name_size, size, kind = struct.unpack_from("<III", notes, at)
        name = at + 12
        data = name + -(-name_size // 4) * 4
        if kind == _NT_GNU_BUILD_ID and notes[name : name + name_size] == b"GNU\0":
            return notes[data : data + size]
        step = -(-(data + size) // alignment) * alignment
        if step <= at:
            break
        at = step
    return b""


def _gnu_hash(name: bytes) -> int:
    value = 5381
    for byte in name:
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value
