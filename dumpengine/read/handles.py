"""HandleDataStream: descriptors of both versions and the object information behind them.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_handle_data_stream
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dumpengine.errors import DumpError
from dumpengine.format.handles import (
    MINIDUMP_HANDLE_DATA_STREAM,
    MINIDUMP_HANDLE_DESCRIPTOR,
    MINIDUMP_HANDLE_DESCRIPTOR_2,
    MINIDUMP_HANDLE_OBJECT_INFORMATION,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.lists import headed_entries
from dumpengine.read.source import bad_format
from dumpengine.snapshot import Absent, Handle

MAX_HANDLES = 1 << 20
_MAX_CHAIN = 16
_MAX_INFO = 0x1000
_KINDS = (
    "None",
    "Thread1",
    "Mutant1",
    "Mutant2",
    "Process1",
    "Process2",
    "Event1",
    "Section1",
    "Semaphore1",
)


@dataclass(frozen=True, slots=True)
class ObjectInformation:
    """One link of a handle's chain: MINIDUMP_HANDLE_OBJECT_INFORMATION_TYPE by name, its bytes."""

    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class HandleObjects:
    """A handle and what the dump knows about the object behind it."""

    handle: int
    information: tuple[ObjectInformation, ...]


def read_handles(file: DumpFile) -> tuple[Handle, ...] | Absent:
    """Return the open handles; Absent when the dump has no such stream; raises DumpError."""
    if file.find(StreamType.HandleDataStream) is None:
        return Absent("not asked for")
    return tuple(_handle(file, row) for row in _rows(file))


def _handle(file: DumpFile, row: MINIDUMP_HANDLE_DESCRIPTOR_2) -> Handle:
    return Handle(
        handle=row.Handle,
        type_name=_name(file, row.TypeNameRva, row.Handle),
        object_name=_name(file, row.ObjectNameRva, row.Handle),
        attributes=row.Attributes,
        granted_access=row.GrantedAccess,
        handle_count=row.HandleCount,
        pointer_count=row.PointerCount,
    )


def _rows(file: DumpFile) -> Iterator[MINIDUMP_HANDLE_DESCRIPTOR_2]:
    """Yield the descriptors; those of the first version have no object information."""
    body = file.body(StreamType.HandleDataStream) or b""
    if len(body) < MINIDUMP_HANDLE_DATA_STREAM.SIZE:
        raise bad_format("The list of handles is too short for its head.")
    head = MINIDUMP_HANDLE_DATA_STREAM.unpack(body)
    if head.NumberOfDescriptors > MAX_HANDLES:
        raise bad_format(f"The list of handles has {head.NumberOfDescriptors} entries.")
    second = head.SizeOfDescriptor >= MINIDUMP_HANDLE_DESCRIPTOR_2.SIZE
    kind = MINIDUMP_HANDLE_DESCRIPTOR_2 if second else MINIDUMP_HANDLE_DESCRIPTOR
    entries = headed_entries(
        body, head.SizeOfHeader, head.SizeOfDescriptor, head.NumberOfDescriptors, kind.SIZE
    )
    return (MINIDUMP_HANDLE_DESCRIPTOR_2(*row) for row in kind.rows(entries))


def _name(file: DumpFile, rva: int, handle: int) -> str:
    if rva == 0:
        return ""
    try:
        return file.source.string(rva, f"A name of handle 0x{handle:X}")
    except DumpError as error:
        file.note("HandleDataStream", error)
        return ""


def read_handle_objects(file: DumpFile) -> tuple[HandleObjects, ...]:
    """Return the object information of the handles that have some; raises DumpError."""
    if file.find(StreamType.HandleDataStream) is None:
        return ()
    rows = [row for row in _rows(file) if row.ObjectInfoRva]
    return tuple(HandleObjects(row.Handle, tuple(_chain(file, row))) for row in rows)


def _chain(file: DumpFile, row: MINIDUMP_HANDLE_DESCRIPTOR_2) -> Iterator[ObjectInformation]:
    """Follow NextInfoRva; a chain that comes back to itself or never ends is cut."""
    what, rva, seen = f"Information on handle 0x{row.Handle:X}", row.ObjectInfoRva, set[int]()
    try:
        while rva and rva not in seen and len(seen) < _MAX_CHAIN:
            seen.add(rva)
            link = file.source.unpack(MINIDUMP_HANDLE_OBJECT_INFORMATION, rva, what)
            size = min(link.SizeOfInfo, _MAX_INFO)
            kind = _KINDS[link.InfoType] if link.InfoType < len(_KINDS) else str(link.InfoType)
            start = rva + MINIDUMP_HANDLE_OBJECT_INFORMATION.SIZE
            yield ObjectInformation(kind, file.source.piece(start, size, what))
            rva = link.NextInfoRva
    except DumpError as error:
        file.note("HandleDataStream", error)
