"""Breakpad's and Crashpad's own streams."""

from __future__ import annotations

import struct
import uuid

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.extensions import MDRawAssertionInfo, MinidumpCrashpadInfo
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.linux import MDRawBreakpadInfo
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.dump import read_dump
from dumpengine.read.extensions import (
    Annotation,
    AssertionInfo,
    BreakpadInfo,
    read_assertion,
    read_breakpad_info,
    read_crashpad_info,
)
from tests.support.synth import Synth

REPORT = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
EMPTY = read_dump(Synth().build()).file


def file_with(kind: StreamType, body: bytes) -> DumpFile:
    return read_dump(Synth().stream(kind, body).build()).file


@pytest.mark.parametrize(
    ("validity", "expected"),
    [(3, BreakpadInfo(7, 8)), (1, BreakpadInfo(7, None)), (0, BreakpadInfo(None, None))],
)
def test_breakpads_threads_count_only_when_valid(validity: int, expected: BreakpadInfo) -> None:
    body = MDRawBreakpadInfo(validity, 7, 8).pack()
    assert read_breakpad_info(file_with(StreamType.BreakpadInfoStream, body)) == expected
    assert read_breakpad_info(EMPTY) is None


def test_assertion() -> None:
    texts = [text.encode("utf-16-le") for text in ("x > 0", "f()", "a.c")]
    body = MDRawAssertionInfo(*texts, line=12).pack()
    found = read_assertion(file_with(StreamType.AssertionInfoStream, body))
    assert found == AssertionInfo("x > 0", "f()", "a.c", 12)
    assert read_assertion(EMPTY) is None


def utf8(text: str) -> bytes:
    return struct.pack("<I", len(text.encode())) + text.encode() + b"\0"


def test_crashpads_ids_and_annotations() -> None:
    synth = Synth()
    key, value = synth.put(utf8("ver")), synth.put(utf8("1.0ü"))
    where = synth.located(struct.pack("<III", 1, key, value))
    info = MinidumpCrashpadInfo(1, REPORT.bytes_le, bytes(16), where)
    synth.stream(StreamType.CrashpadInfoStream, info.pack() + bytes(12))
    found = read_crashpad_info(read_dump(synth.build()).file)
    assert found is not None
    assert (found.version, found.report_id) == (1, str(REPORT))
    assert found.annotations == (Annotation("ver", "1.0ü"),)
    assert read_crashpad_info(EMPTY) is None


@pytest.mark.parametrize(
    ("kind", "size", "read"),
    [
        (StreamType.BreakpadInfoStream, 11, read_breakpad_info),
        (StreamType.AssertionInfoStream, 775, read_assertion),
        (StreamType.CrashpadInfoStream, 51, read_crashpad_info),
    ],
)
def test_short_streams_raise(kind: StreamType, size: int, read: object) -> None:
    assert callable(read)
    with pytest.raises(DumpError, match="too short"):
        read(file_with(kind, bytes(size)))


def test_annotations_outside_the_file_raise() -> None:
    where = MINIDUMP_LOCATION_DESCRIPTOR(100, 1 << 30)
    body = MinidumpCrashpadInfo(simple_annotations=where).pack()
    with pytest.raises(DumpError):
        read_crashpad_info(file_with(StreamType.CrashpadInfoStream, body))
