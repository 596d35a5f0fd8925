"""Where a module keeps something that it exports by name: one look into its hash table.

https://flapenguin.me/elf-dt-gnu-hash; DT_* in elf(5). A handful of reads, where reading the whole
table of symbols of a large program takes tens of milliseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dumpengine.stacks.elf_image import ElfImage

_PT_DYNAMIC = 2
_STRTAB, _SYMTAB, _GNU_HASH = 5, 6, 0x6FFFFEF5
_MOST_TAGS = 256
_LONGEST_CHAIN = 4096
_SYMBOL = struct.Struct("<IBBHQQ")  # Elf64_Sym


def exported(image: ElfImage, name: bytes) -> int:
    """Return the address of what a 64-bit module exports as ``name``, 0 when it does not."""
    tags = dict(_tags(image))
    if not {_STRTAB, _SYMTAB, _GNU_HASH} <= tags.keys():
        return 0
    names, symbols = tags[_STRTAB], tags[_SYMTAB]
    for index in _chain(image, tags[_GNU_HASH], _hash(name)):
        data = image.read(symbols + index * _SYMBOL.size, _SYMBOL.size)
        if len(data) < _SYMBOL.size:
            return 0
        at, _, _, section, value, _ = _SYMBOL.unpack(data)
        if section and image.read(names + at, len(name) + 1) == name + b"\0":
            return int(value) + image.bias
    return 0


def _tags(image: ElfImage) -> Iterator[tuple[int, int]]:
    """The dynamic section; the loader has made addresses of its offsets, the file has not."""
    headers = image.headers
    if headers is None or headers.word != 8:
        return
    for segment in headers.segments:
        if segment.type == _PT_DYNAMIC:
            data = image.read(segment.address + image.bias, _MOST_TAGS * 16)
            for tag, value in struct.iter_unpack("<QQ", data[: len(data) // 16 * 16]):
                if not tag:
                    return
                yield tag, value if value >= image.bias else value + image.bias


def _chain(image: ElfImage, table: int, wanted: int) -> Iterator[int]:
    """Yield the symbols whose hash is ``wanted``'s."""
    head = image.read(table, 16)
    if len(head) < 16:
        return
    buckets, first, bloom, _ = struct.unpack("<4I", head)
    if not buckets:
        return
    bucket_table = table + 16 + bloom * 8
    index = _u32(image, bucket_table + wanted % buckets * 4)
    if index < first:
        return
    for _ in range(_LONGEST_CHAIN):
        found = _u32(image, bucket_table + buckets * 4 + (index - first) * 4)
        if found | 1 == wanted | 1:
            yield index
        if found & 1:
            return
        index += 1


def _u32(image: ElfImage, address: int) -> int:
    return int.from_bytes(image.read(address, 4), "little")


def _hash(name: bytes) -> int:
    value = 5381
    for byte in name:
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value
