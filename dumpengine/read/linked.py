"""Streams that point at other places of their file, taken out of it with all they point at.

Crashpad: minidump/minidump_extensions.h.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dumpengine.errors import DumpError
from dumpengine.format.extensions import MinidumpCrashpadInfo
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format
from dumpengine.snapshot import LinkedStream

_U32 = struct.Struct("<I")
_MOST_BYTES = 16 << 20
_MOST_ENTRIES = 1 << 16
# Offsets of locations in MinidumpCrashpadInfo and in MinidumpModuleCrashpadInfo.
_SIMPLE, _MODULES = 36, 44
_MODULE_LIST, _MODULE_SIMPLE, _MODULE_OBJECTS = 4, 12, 20
_MODULE_SIZE = 28
_WHAT = "Crashpad's information"


def read_linked_streams(file: DumpFile) -> Mapping[int, LinkedStream]:
    """Return every such stream that can be followed; others are noted and left out."""
    found: dict[int, LinkedStream] = {}
    body = None
    try:
        body = file.body(StreamType.CrashpadInfoStream)
        if body is not None:
            found[StreamType.CrashpadInfoStream] = _crashpad(file, body)
    except DumpError as error:
        file.note("CrashpadInfoStream", error)
    return found


@dataclass(slots=True)
class _Copy:
    """The stream and what it points at, as they are found."""

    file: DumpFile
    data: bytearray = field(default_factory=bytearray)
    pointers: list[int] = field(default_factory=list)

    def number(self, at: int) -> int:
        """The 32-bit number at an offset."""
        if at + _U32.size > len(self.data):
            raise bad_format(f"{_WHAT} ends before its entries do.")
        return int(_U32.unpack_from(self.data, at)[0])

    def add(self, rva: int, size: int) -> int:
        """Take ``size`` bytes of the file; return where they are now."""
        if len(self.data) + size > _MOST_BYTES:
            raise bad_format(f"{_WHAT} is larger than any program's.")
        self.data += bytes(-len(self.data) % 4)
        at = len(self.data)
        self.data += self.file.source.piece(rva, size, _WHAT)
        return at

    def follow_location(self, at: int, inside: Callable[[int], None]) -> None:
        """Take what the size and offset at ``at`` tell of, and what that points at."""
        size, rva = self.number(at), self.number(at + 4)
        if size:
            self._point(at + 4, self.add(rva, size))
            inside(self.number(at + 4))

    def follow_text(self, at: int) -> None:
        """Take the string or byte array whose offset is at ``at``: a length and as many bytes."""
        rva = self.number(at)
        if rva:
            size = _U32.unpack(self.file.source.read(rva, 4, _WHAT))[0]
            end = self.file.source.size
            self._point(at, self.add(rva, min(4 + size + 1, max(end - rva, 4 + size))))

    def entries(self, at: int, size: int) -> range:
        """Where the entries of a counted list begin."""
        count = self.number(at)
        if count > _MOST_ENTRIES:
            raise bad_format(f"{_WHAT} has a list of {count} entries.")
        return range(at + 4, at + 4 + count * size, size)

    def _point(self, at: int, target: int) -> None:
        _U32.pack_into(self.data, at, target)
        self.pointers.append(at)


def _crashpad(file: DumpFile, body: bytes) -> LinkedStream:
    if len(body) < MinidumpCrashpadInfo.SIZE:
        raise bad_format(f"{_WHAT} is too short.")
    copy = _Copy(file, bytearray(body))
    copy.follow_location(_SIMPLE, lambda at: _dictionary(copy, at))
    copy.follow_location(_MODULES, lambda at: _modules(copy, at))
    return LinkedStream(bytes(copy.data), len(body), tuple(copy.pointers))


def _dictionary(copy: _Copy, at: int) -> None:
    for entry in copy.entries(at, 8):
        copy.follow_text(entry)
        copy.follow_text(entry + 4)


def _modules(copy: _Copy, at: int) -> None:
    for entry in copy.entries(at, 12):
        copy.follow_location(entry + 4, lambda module: _module(copy, module))


def _module(copy: _Copy, at: int) -> None:
    copy.number(at + _MODULE_SIZE - 4)
    copy.follow_location(at + _MODULE_LIST, lambda found: _texts(copy, found))
    copy.follow_location(at + _MODULE_SIMPLE, lambda found: _dictionary(copy, found))
    copy.follow_location(at + _MODULE_OBJECTS, lambda found: _objects(copy, found))


def _texts(copy: _Copy, at: int) -> None:
    for entry in copy.entries(at, 4):
        copy.follow_text(entry)


def _objects(copy: _Copy, at: int) -> None:
    """Annotation objects: name, type, value."""
    for entry in copy.entries(at, 12):
        copy.follow_text(entry)
        copy.follow_text(entry + 8)
