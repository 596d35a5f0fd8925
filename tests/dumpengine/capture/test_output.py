"""Files that have no name until they are whole."""

from __future__ import annotations

import errno
import os
import socket
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
    destination_error,
    free_space,
    reserve,
    trim,
)
from dumpengine.errors import (
    E_DISK_FULL,
    E_FILE_EXISTS,
    E_NAME_TOO_LONG,
    E_PATH_NOT_FOUND,
    DumpError,
    ErrorKind,
)
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


def make_link(path: Path) -> None:
    victim = path.with_name("victim")
    victim.write_bytes(b"mine")
    path.symlink_to(victim)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(path))


def make_device(path: Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))  # as /dev/null


SPECIAL = [
    pytest.param(make_link, "a link", id="link"),
    pytest.param(os.mkfifo if hasattr(os, "mkfifo") else None, "a pipe", id="pipe"),
    pytest.param(make_socket, "a socket", id="socket"),
    pytest.param(make_device, "a device", id="device", marks=needs_root),
]


@linux_only
@pytest.mark.parametrize(("make", "kind"), SPECIAL)
@pytest.mark.parametrize("options", [{}, {"overwrite": True}], ids=["", "overwrite"])
def test_only_a_regular_file_is_ever_replaced(tmp_path, way, make, kind, options):
    path = tmp_path / "x.dmp"
    make(path)
    before = os.lstat(path)
    with pytest.raises(DumpError, match=f"x.dmp is {kind}") as raised:
        OutputFile(path, **options)
    assert raised.value.kind is ErrorKind.DESTINATION
    assert os.lstat(path) == before
    if kind == "a link":
        assert path.read_bytes() == b"mine"


@linux_only
def test_what_becomes_a_pipe_while_we_write_stays_one(tmp_path, way):
    path = tmp_path / "x.dmp"
    path.write_bytes(b"older")
    output = OutputFile(path, overwrite=True)
    fill(output)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DumpError, match="is a pipe"):
        output.publish()
    assert stat.S_ISFIFO(os.lstat(path).st_mode)
    assert os.listdir(tmp_path) == ["x.dmp"]


def test_a_name_of_ours_gets_a_number_when_it_is_taken(tmp_path, way):
    path = tmp_path / "x.dmp"
    path.write_bytes(b"older")
    first = OutputFile(path, numbered=True)
    second = OutputFile(path, numbered=True)  # both found x_2 free
    for output, data in ((first, b"first"), (second, b"second")):
        fill(output, data)
        output.publish()
    assert [path.name for path in (first.path, second.path)] == ["x_2.dmp", "x_3.dmp"]
    assert second.path.read_bytes() == b"second"
    assert path.read_bytes() == b"older"
    assert len(os.listdir(tmp_path)) == 3


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
def test_too_long_a_name_is_refused_before_anything_is_written(tmp_path, way):
    with pytest.raises(DumpError) as raised:
        OutputFile(tmp_path / ("x" * 252 + ".dmp"))
    assert (raised.value.hresult, raised.value.kind) == (E_NAME_TOO_LONG, ErrorKind.DESTINATION)
    with pytest.raises(DumpError) as raised:
        OutputFile(tmp_path / ("x" * 256) / "x.dmp")
    assert raised.value.kind is ErrorKind.DESTINATION
    path = tmp_path / ("雨" * 83 + ".dmp")  # 253 bytes; the name it has before is no longer
    fill(output := OutputFile(path, overwrite=True))
    assert output.publish() == path


@linux_only
def test_a_folder_in_which_no_file_can_be_made(way):
    with pytest.raises(DumpError, match="No file can be made in /proc") as raised:
        OutputFile(Path("/proc/x.dmp"))
    assert raised.value.kind is ErrorKind.DESTINATION


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


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EROFS])
def test_a_file_without_a_name_is_the_destination_once(number):
    failure = destination_error(OSError(number, "no"), None)
    assert failure.cause.count("the destination") + failure.cause.count("The destination") <= 1
    assert failure.kind is ErrorKind.DESTINATION
