"""The Linux text streams, as far as this dump may hold them, and LinuxDsoDebug."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dumpengine.dump_types import MinidumpType
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import pack_many
from dumpengine.format.linux import (
    MDRawDebug32,
    MDRawDebug64,
    MDRawLinkMap32,
    MDRawLinkMap64,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.snapshot import Architecture, LoaderDebug
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source

_OPTIONAL = {
    StreamType.LinuxCpuInfo,
    StreamType.LinuxLsbRelease,
    StreamType.LinuxCmdLine,
    StreamType.LinuxEnviron,
    StreamType.LinuxProcStat,
}
_SECRET = {StreamType.LinuxCmdLine, StreamType.LinuxEnviron}
_HOLDS_ENVIRONMENT = MinidumpType.WithProcessThreadData | MinidumpType.WithFullMemory
_MAPS_PATH = re.compile(rb"(?m)(?<= )/[^\n]*/")


def allowed_streams(source: Source) -> Iterator[tuple[int, bytes]]:
    """Yield the ready-made streams this dump may hold, changed where a filter asks."""
    for stream, data in source.snapshot.streams.items():
        if stream in _OPTIONAL and not source.with_optional:
            continue
        if stream in _SECRET and source.private:
            continue
        # Without memory that holds it anyway, the environment stays out: it is full of secrets.
        if stream == StreamType.LinuxEnviron and not source.dump_type & _HOLDS_ENVIRONMENT:
            continue
        if stream == StreamType.LinuxMaps and source.without_folders:
            yield stream, _MAPS_PATH.sub(b"", data)
        else:
            yield stream, data


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
