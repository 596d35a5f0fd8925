"""open_dump, Dump, and MiniDumpReadDumpStream."""

from __future__ import annotations

import os
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest

from dumpengine.errors import E_ACCESSDENIED, E_BAD_FORMAT, E_FILE_NOT_FOUND, DumpError
from dumpengine.format.header import MINIDUMP_DIRECTORY, MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import open_dump, read_dump, read_dump_stream
from dumpengine.snapshot import Architecture, read_memory
from tests.support.synth import STACK, Synth, small_dump


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "small.dmp"
    path.write_bytes(small_dump().build())
    return path


def test_a_dump_read_back_is_a_snapshot(path: Path) -> None:
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
        assert dump.snapshot() is snapshot
        assert [(t.tid, t.name) for t in snapshot.threads] == [(100, "main"), (101, "worker")]
        assert [m.name for m in snapshot.modules] == ["program", "libc.so.6"]
        assert snapshot.system.architecture is Architecture.AMD64
        assert snapshot.process.path == "/usr/bin/program"
        assert read_memory(snapshot.memory, STACK, 4) == b"\0\1\2\3"
        assert snapshot.problems == ()


def test_header_and_directory(path: Path) -> None:
    with open_dump(path) as dump:
        assert (dump.path, dump.size) == (path, path.stat().st_size)
        assert (dump.timestamp, dump.flags) == (1_700_000_000, 0)
        assert {entry.name for entry in dump.streams} == {
            "SystemInfoStream",
            "ThreadListStream",
            "ThreadNamesStream",
            "ModuleListStream",
            "MemoryListStream",
            "MemoryInfoListStream",
        }
        body = dump.stream(StreamType.ThreadListStream)
        assert body is not None
        assert body[:4] == b"\2\0\0\0"
        assert dump.stream(0xABCDEF) is None


def test_a_descriptor_can_be_opened_and_stays_open(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with open_dump(descriptor) as dump:
            assert dump.path is None
            assert len(dump.snapshot().threads) == 2
        os.fstat(descriptor)
    finally:
        os.close(descriptor)


def test_streams_nobody_interprets_are_kept_raw() -> None:
    synth = small_dump().stream(0x12340000, b"mine").stream(StreamType.LinuxCmdLine, b"a\0b\0")
    streams = read_dump(synth.build()).snapshot().streams
    assert dict(streams) == {0x12340000: b"mine", StreamType.LinuxCmdLine: b"a\0b\0"}
    assert len(streams) == 2
    with pytest.raises(KeyError):
        streams[StreamType.ThreadListStream]


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(DumpError) as caught:
        open_dump(tmp_path / "none.dmp")
    assert caught.value.hresult == E_FILE_NOT_FOUND
    assert caught.value.path == tmp_path / "none.dmp"


def test_a_folder_is_no_dump(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="cannot be read"):
        open_dump(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(path: Path) -> None:
    path.chmod(0)
    with pytest.raises(DumpError) as caught:
        open_dump(path)
    assert caught.value.hresult == E_ACCESSDENIED


@pytest.mark.parametrize("content", [b"", b"MDMP", b"\x7fELF" + bytes(100), bytes(4096)])
def test_files_that_are_no_dump(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.dmp"
    path.write_bytes(content)
    with pytest.raises(DumpError) as caught:
        open_dump(path)
    assert caught.value.hresult == E_BAD_FORMAT


def test_a_file_that_failed_to_open_is_not_kept_mapped(tmp_path: Path) -> None:
    path = tmp_path / "bad.dmp"
    path.write_bytes(bytes(100))
    with pytest.raises(DumpError) as caught:
        open_dump(path)
    assert caught.value.path == path
    path.unlink()  # on Windows this would fail while the file is mapped


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps mapped files as they are")
def test_a_file_that_is_cut_off_while_open_is_a_dump_error_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "full.dmp"
    path.write_bytes(small_dump().memory64(0x10000, bytes(1 << 20)).build())
    with open_dump(path) as dump:
        assert len(read_memory(dump.memory, 0x10000, 1 << 20)) == 1 << 20
        os.truncate(path, 100)
        assert read_memory(dump.memory, 0x10000, 64) == b""
        with pytest.raises(DumpError, match="cut off after it had been opened"):
            dump.stream(StreamType.ThreadListStream)


def test_a_closed_dump_says_so(path: Path) -> None:
    dump = open_dump(path)
    memory = dump.snapshot().memory
    assert read_memory(memory, STACK, 4)
    dump.close()
    for read in (lambda: read_memory(memory, STACK, 4), lambda: dump.stream(3)):
        with pytest.raises(DumpError, match="closed"):
            read()


def test_read_dump_stream_finds_the_first_of_a_type(path: Path) -> None:
    data = Synth().stream(10, b"first").stream(10, b"second").build()
    expected = MINIDUMP_DIRECTORY(10, MINIDUMP_LOCATION_DESCRIPTOR(5, 32))
    for base in (data, memoryview(data), memoryview(bytearray(data))):
        found, entry, stream = read_dump_stream(base, 10)
        assert (found, entry, bytes(stream)) == (True, expected, b"first")


def test_read_dump_stream_works_on_a_mapped_file(path: Path) -> None:
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as base:
        found, _, stream = read_dump_stream(base, StreamType.ModuleListStream)
        assert found
        assert stream[0] == 2
        stream.release()


@pytest.mark.parametrize(
    "base", [b"", b"MDMP", bytes(100), small_dump().build()[:-1], Synth().entry(6, 9, 99).build()]
)
def test_read_dump_stream_is_false_for_everything_else(base: bytes) -> None:
    found, entry, stream = read_dump_stream(base, 6)
    assert (found, entry, bytes(stream)) == (False, None, b"")
