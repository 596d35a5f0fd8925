"""Ready-made streams, as far as this dump may hold them, and LinuxDsoDebug."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import pack_many
from dumpengine.format.linux import (
    MDRawDebug32,
    MDRawDebug64,
    MDRawLinkMap32,
    MDRawLinkMap64,
)
from dumpengine.format.streams import stream_row
from dumpengine.snapshot import Architecture, LinkedStream, LoaderDebug
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source

_U32 = struct.Struct("<I")
_FOLDERS = re.compile(rb"(?m)(?<= )/[^\n]*/")


def allowed_streams(source: Source) -> Iterator[tuple[int, bytes]]:
    """Yield the ready-made streams this dump may hold, changed where a filter asks."""
    for stream, data in source.snapshot.streams.items():
        row = stream_row(stream)
        if row.wanted(source.dump_type):
            bare = row.names_files and source.without_folders
            yield stream, _FOLDERS.sub(b"", data) if bare else data


def linked_streams(source: Source) -> Iterator[tuple[int, LinkedStream]]:
    """Yield the streams with pointers that this dump may hold."""
    for stream, linked in source.snapshot.linked_streams.items():
        if stream_row(stream).wanted(source.dump_type):
            yield stream, linked


def write_linked(image: FileImage, stream: LinkedStream) -> MINIDUMP_LOCATION_DESCRIPTOR:
    """Append a stream with what it points at, and make its pointers this file's."""
    data = bytearray(stream.data)
    base = image.append(stream.data, alignment=8).Rva
    for at in stream.pointers:
        (target,) = _U32.unpack_from(data, at)
        image.patch(base + at, _U32.pack(base + target))
    return MINIDUMP_LOCATION_DESCRIPTOR(stream.size, base)


def write_dso_debug(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR | None:
    """Append the dynamic loader's list; None for a static program."""
    loader = source.snapshot.loader
    if not isinstance(loader, LoaderDebug) or not loader.entries:
        return None
    narrow = source.snapshot.system.architecture is Architecture.X86
    link_map, debug = (MDRawLinkMap32, MDRawDebug32) if narrow else (MDRawLinkMap64, MDRawDebug64)
    entries = [
        link_map(addr=entry.bias, name=image.string(source.name_of(entry.name)), ld=entry.dynamic)
        for entry in loader.entries
    ]
    head = debug(
        version=loader.version,
        map=image.append(pack_many(entries), alignment=8).Rva,
        dso_count=len(entries),
        brk=loader.breakpoint,
        ldbase=loader.loader_base,
        dynamic=loader.dynamic_address,
    )
    return image.append(head.pack() + loader.dynamic, alignment=8)
