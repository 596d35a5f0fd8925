"""Files that have no name until they are whole."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dumpengine.capture.output import (
    FileSink,
    OutputFile,
    StreamSink,
    check_space,
    free_space,
    reserve,
    trim,
)
from dumpengine.errors import E_DISK_FULL, E_FILE_EXISTS, E_PATH_NOT_FOUND, DumpError, ErrorKind
from tests.support.children import needs_root

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux file systems")


@pytest.fixture(params=["nameless", "partial"])
def way(request, monkeypatch) -> str:
    """With and without O_TMPFILE."""
    if request.param == "nameless" and not hasattr(os, "O_TMPFILE"):
        pytest.skip("this system has no O_TMPFILE")
    if request.param == "partial":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    return request.param


def fill(output: OutputFile, data: bytes = b"dump") -> None:
    FileSink(output.fd).write_at(0, data)


def test_published_it_is_there_and_only_its_owners(tmp_path, way):
    output = OutputFile(tmp_path / "x.dmp")
    fill(output)
    assert [p.name for p in tmp_path.iterdir() if not p.name.startswith(".")] == []
    assert len(os.listdir(tmp_path)) == (way == "partial")
    assert output.publish() == tmp_path / "x.dmp"
    assert os.listdir(tmp_path) == ["x.dmp"]
    assert (tmp_path / "x.dmp").read_bytes() == b"dump"
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "x.dmp").stat().st_mode) == 0o600


def test_discarded_nothing_is_there(tmp_path, way):
    output = OutputFile(tmp_path / "x.dmp")
    fill(output)
    output.discard()
    output.discard()
    assert os.listdir(tmp_path) == []


def test_what_was_there_is_refused_before_and_at_the_end(tmp_path, way):
    path = tmp_path / "x.dmp"
    output = OutputFile(path)
    fill(output)
    path.write_bytes(b"older")  # appears while we write
    with pytest.raises(DumpError) as raised:
        output.publish()
    assert raised.value.hresult == E_FILE_EXISTS
    with pytest.raises(DumpError) as raised:
        OutputFile(path)
    assert (raised.value.hresult, raised.value.kind) == (E_FILE_EXISTS, ErrorKind.DESTINATION)
    assert path.read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["x.dmp"]


def test_overwriting_replaces_at_the_end_and_not_before(tmp_path, way):
    path = tmp_path / "x.dmp"
    path.write_bytes(b"older")
    output = OutputFile(path, overwrite=True)
    fill(output)
    assert path.read_bytes() == b"older"
    output.publish()
    assert path.read_bytes() == b"dump"
    assert os.listdir(tmp_path) == ["x.dmp"]


@linux_only
def test_a_link_is_replaced_not_followed(tmp_path, way):
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / "x.dmp").symlink_to(victim)
    with pytest.raises(DumpError):
        OutputFile(tmp_path / "x.dmp")
    output = OutputFile(tmp_path / "x.dmp", overwrite=True)
    fill(output)
    output.publish()
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "x.dmp").is_symlink()


def test_places_that_cannot_be(tmp_path, way):
    with pytest.raises(DumpError) as raised:
        OutputFile(tmp_path / "missing" / "x.dmp")
    assert raised.value.hresult == E_PATH_NOT_FOUND
    with pytest.raises(DumpError, match="folder") as raised:
        OutputFile(tmp_path, overwrite=True)
    assert raised.value.kind is ErrorKind.DESTINATION


@linux_only
def test_a_long_name(tmp_path, way):
    path = tmp_path / ("x" * 251 + ".dmp")
    output = OutputFile(path)
    fill(output)
    output.publish()
    assert path.read_bytes() == b"dump"


@linux_only
def test_killed_while_writing_a_nameless_file_leaves_nothing(tmp_path):
    code = (
        "import sys, time; from pathlib import Path\n"
        "from dumpengine.capture.output import OutputFile\n"
        "output = OutputFile(Path(sys.argv[1])); print('open', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "x.dmp")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"open\n"
        writer.kill()
    assert os.listdir(tmp_path) == []


def test_space(tmp_path):
    assert free_space(tmp_path) > 0
    assert free_space(tmp_path / "missing") is None
    check_space(tmp_path, 1)
    with pytest.raises(DumpError) as raised:
        check_space(tmp_path, 1 << 60)
    assert raised.value.hresult == E_DISK_FULL
    assert str(tmp_path) in raised.value.cause


@linux_only
def test_reserved_room_changes_no_length_and_is_given_back(tmp_path):
    with open(tmp_path / "x", "w+b") as file:
        file.write(b"some")
        file.flush()
        reserve(file.fileno(), 1 << 20)
        taken = os.fstat(file.fileno())
        if taken.st_blocks * 512 < 1 << 20:
            pytest.skip("this file system reserves nothing")
        trim(file.fileno())
        given_back = os.fstat(file.fileno())
    assert taken.st_size == given_back.st_size == 4
    assert given_back.st_blocks * 512 < 1 << 20


@linux_only
def test_more_than_the_file_system_can_hold_is_refused_at_once(tmp_path):
    with open(tmp_path / "x", "w+b") as file, pytest.raises(OSError, match=r"No space|large"):
        reserve(file.fileno(), 1 << 60)


@needs_root
def test_a_disk_that_fills_up_while_writing(tmp_path, way):
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", tmp_path], capture_output=True
    )
    if done.returncode:
        pytest.skip("no tmpfs can be mounted here")
    try:
        output = OutputFile(tmp_path / "x.dmp")
        with pytest.raises(OSError, match="No space"):
            fill(output, bytes(2 << 20))
        output.discard()
        assert os.listdir(tmp_path) == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_sinks_write_where_they_are_told(tmp_path):
    path = Path(tmp_path / "x")
    with open(path, "w+b") as file:
        StreamSink(file).write_at(4, memoryview(b"5678"))
        StreamSink(file).write_at(0, b"1234")
        file.flush()
        FileSink(file.fileno()).write_at(8, bytearray(b"9"))
    assert path.read_bytes() == b"123456789"
