"""BreakpadInfoStream, AssertionInfoStream and CrashpadInfoStream.

Breakpad: src/google_breakpad/common/minidump_format.h; Crashpad: minidump/minidump_extensions.h.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from dumpengine.format.extensions import (
    MDRawAssertionInfo,
    MinidumpCrashpadInfo,
    MinidumpSimpleStringDictionaryEntry,
)
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.linux import MDRawBreakpadInfo
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.lists import counted_entries
from dumpengine.read.source import bad_format

MAX_ANNOTATIONS = 0x10000


@dataclass(frozen=True, slots=True)
class BreakpadInfo:
    """Thread ids: which one wrote the dump, and which one asked for it; None when not said."""

    dump_thread: int | None
    requesting_thread: int | None


@dataclass(frozen=True, slots=True)
class AssertionInfo:
    """A failed assertion of the crashed program."""

    expression: str
    function: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """A key and value that the program attached to its reports."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class CrashpadInfo:
    """The report's and the installation's UUIDs, and the annotations of the process."""

    version: int
    report_id: str
    client_id: str
    annotations: tuple[Annotation, ...]


def read_breakpad_info(file: DumpFile) -> BreakpadInfo | None:
    """Return BreakpadInfoStream; raises DumpError."""
    body = file.body(StreamType.BreakpadInfoStream)
    if body is None:
        return None
    if len(body) < MDRawBreakpadInfo.SIZE:
        raise bad_format("Breakpad's information is too short.")
    info = MDRawBreakpadInfo.unpack(body)
    return BreakpadInfo(
        info.dump_thread_id if info.validity & 1 else None,
        info.requesting_thread_id if info.validity & 2 else None,
    )


def read_assertion(file: DumpFile) -> AssertionInfo | None:
    """Return AssertionInfoStream; raises DumpError."""
    body = file.body(StreamType.AssertionInfoStream)
    if body is None:
        return None
    if len(body) < MDRawAssertionInfo.SIZE:
        raise bad_format("The assertion is too short.")
    info = MDRawAssertionInfo.unpack(body)
    return AssertionInfo(_text(info.expression), _text(info.function), _text(info.file), info.line)


def _text(data: bytes) -> str:
    return data.decode("utf-16-le", "replace").split("\0", 1)[0]


def read_crashpad_info(file: DumpFile) -> CrashpadInfo | None:
    """Return CrashpadInfoStream without what it says about single modules; raises DumpError."""
    body = file.body(StreamType.CrashpadInfoStream)
    if body is None:
        return None
    if len(body) < MinidumpCrashpadInfo.SIZE:
        raise bad_format("Crashpad's information is too short.")
    info = MinidumpCrashpadInfo.unpack(body)
    return CrashpadInfo(
        info.version,
        str(uuid.UUID(bytes_le=info.report_id)),
        str(uuid.UUID(bytes_le=info.client_id)),
        _annotations(file, info.simple_annotations),
    )


def _annotations(file: DumpFile, location: MINIDUMP_LOCATION_DESCRIPTOR) -> tuple[Annotation, ...]:
    if location.DataSize == 0:
        return ()
    what, source = "Crashpad's annotations", file.source
    kind = MinidumpSimpleStringDictionaryEntry
    data = counted_entries(source.piece(location.Rva, location.DataSize, what), kind.SIZE, what)
    if len(data) > MAX_ANNOTATIONS * kind.SIZE:
        raise bad_format("Crashpad's annotations are too many.")
    return tuple(
        Annotation(source.utf8_string(key, what), source.utf8_string(value, what))
        for key, value in kind.rows(data)
    )
