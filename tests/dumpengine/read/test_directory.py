"""Header and directory, whole and broken."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_HEADER
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import Source
from tests.support.synth import Synth, small_dump


def opened(data: bytes) -> DumpFile:
    return DumpFile(Source(data))


def test_entries_have_names_and_unused_ones_are_left_out() -> None:
    synth = Synth().stream(7, bytes(56)).entry(0, 0, 0).stream(0x12345678, b"mine")
    file = opened(synth.build())
    assert [(e.type, e.name, e.size) for e in file.entries] == [
        (7, "SystemInfoStream", 56),
        (0x12345678, "0x12345678", 4),
    ]
    assert file.header.NumberOfStreams == 3


def test_the_first_stream_of_a_type_counts() -> None:
    file = opened(Synth().stream(10, b"first").stream(10, b"second").build())
    assert file.body(10) == b"first"
    assert file.types == (10,)
    assert len(file.entries) == 2


def test_a_stream_that_is_not_there_is_none() -> None:
    assert opened(Synth().build()).body(3) is None


def test_a_stream_outside_the_file_raises_when_read_and_not_before() -> None:
    file = opened(Synth().entry(3, 100, 1 << 30).build())
    with pytest.raises(DumpError, match="The stream ThreadListStream lies outside the file"):
        file.body(3)


@pytest.mark.parametrize(
    ("header", "cause"),
    [
        ({"Signature": 0}, "never finished"),
        ({"Signature": 0x474E5089}, "not a minidump"),
        ({"Version": 0x1234}, "Unknown minidump version 0x1234"),
    ],
)
def test_bad_headers_say_what_is_wrong(header: dict[str, int], cause: str) -> None:
    synth = small_dump()
    synth.header = replace(synth.header, **header)
    with pytest.raises(DumpError, match=cause):
        opened(synth.build())


def test_the_upper_half_of_the_version_is_the_writers_own() -> None:
    synth = small_dump()
    synth.header = replace(synth.header, Version=0xA063A793)
    assert opened(synth.build()).header.Version == 0xA063A793


@pytest.mark.parametrize("size", [0, 1, 31])
def test_files_shorter_than_a_header_are_refused(size: int) -> None:
    with pytest.raises(DumpError, match="header has 32"):
        opened(small_dump().build()[:size])


def test_a_directory_that_is_cut_off_is_refused() -> None:
    with pytest.raises(DumpError, match="stream directory lies outside"):
        opened(small_dump().build()[:-1])


def test_a_directory_of_millions_is_refused() -> None:
    data = bytearray(small_dump().build())
    struct.pack_into("<I", data, MINIDUMP_HEADER.OFFSETS["NumberOfStreams"], 1 << 31)
    with pytest.raises(DumpError, match="more than any dump has"):
        opened(bytes(data))


def test_a_problem_is_noted_once() -> None:
    file = opened(Synth().build())
    file.note("There", "this")
    file.note("There", "this")
    assert [(p.where, p.what) for p in file.problems] == [("There", "this")]
