"""``show``, ``check`` and ``extract`` on files."""

from __future__ import annotations

import io
import json
import os
import sys

import pytest

from dumpengine.cli import main
from dumpengine.format.stream_types import StreamType
from tests.support.synth import small_dump


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "small.dmp"
    small = small_dump().stream(StreamType.LinuxCmdLine, b"program\0--fast\0")
    path.write_bytes(small.stream(0x10001, b"\x00\xff\x1b").build())
    return path


@pytest.fixture
def no_dump(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, this is not a minidump.")
    return path


def test_show_prints_streams_threads_and_modules(dump, capsys):
    assert main(["show", str(dump)]) == 0
    printed = capsys.readouterr().out
    for fact in ("small.dmp", "worker", "/usr/lib/libc.so.6", "LinuxCmdLine"):
        assert fact in printed


def test_show_brief_and_all(dump, capsys):
    sizes = []
    for option in ("--brief", None, "--all"):
        assert main(["show", str(dump), *([option] if option else [])]) == 0
        sizes.append(len(capsys.readouterr().out))
    assert sizes == sorted(set(sizes))


def test_show_json(dump, capsys):
    assert main(["show", str(dump), "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert [thread["name"] for thread in value["threads"]] == ["main", "worker"]


@pytest.mark.parametrize("command", ["show", "extract"])
def test_what_is_no_dump_is_a_failure(no_dump, capsys, command):
    assert main([command, str(no_dump), *(["3"] if command == "extract" else [])]) == 1
    message = capsys.readouterr().err
    assert message.startswith("dumpengine: This is not a minidump")
    assert message.count("\n") == 1


@pytest.mark.parametrize("command", ["show", "check"])
def test_a_file_that_is_not_there(tmp_path, capsys, command):
    assert main([command, str(tmp_path / "missing.dmp")]) == 2
    assert "There is no file" in capsys.readouterr().err


def test_check_of_a_whole_dump(dump, capsys):
    assert main(["check", str(dump)]) == 0
    printed = capsys.readouterr().out
    assert f"{dump} is whole." in printed
    assert "Opens in: " in printed


def test_check_of_a_damaged_dump(dump, capsys):
    dump.write_bytes(dump.read_bytes()[:200])
    assert main(["check", str(dump)]) == 1
    printed = capsys.readouterr().out
    assert f"{dump} is damaged." in printed
    assert "error" in printed
    assert "Not in:" in printed


def test_check_json(dump, no_dump, capsys):
    assert main(["check", str(dump), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main(["check", str(no_dump), "--json"]) == 1
    value = json.loads(capsys.readouterr().out)
    assert value["ok"] is False
    assert value["findings"][0]["severity"] == "error"


@pytest.mark.parametrize("name", ["0x47670006", "1197932550", "LinuxCmdLine", "linuxcmdline"])
def test_extract_by_number_and_by_name(dump, capfdbinary, name):
    assert main(["extract", str(dump), name]) == 0
    assert capfdbinary.readouterr().out == b"program\0--fast\0"


def test_extract_knows_names_without_their_ending(dump, tmp_path):
    assert main(["extract", str(dump), "SystemInfo", "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").stat().st_size == 56
    if os.name == "posix":
        assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600


def test_extract_never_overwrites(dump, tmp_path, capsys):
    (tmp_path / "out").write_bytes(b"precious")
    assert main(["extract", str(dump), "0x10001", "-o", str(tmp_path / "out")]) == 5
    assert (tmp_path / "out").read_bytes() == b"precious"
    assert str(tmp_path / "out") in capsys.readouterr().err


def test_extract_leaves_no_half_file(dump, capsys):
    assert main(["extract", str(dump), "0x10001", "-o", "/dev/full/out"]) == 5
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "code", "about"),
    [("77", 1, "has no stream 0x4D"), ("nonsense", 2, "neither a stream's number")],
)
def test_extract_of_what_is_not_there(dump, capsys, name, code, about):
    assert main(["extract", str(dump), name]) == code
    assert about in capsys.readouterr().err


def test_extract_writes_no_control_characters_to_a_terminal(dump, monkeypatch, capsys):
    class Terminal(io.TextIOWrapper):
        def isatty(self):
            return True

    terminal = Terminal(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["extract", str(dump), "0x10001"]) == 2
    assert terminal.buffer.getvalue() == b""
    monkeypatch.undo()
    assert "-o" in capsys.readouterr().err


def test_a_stream_larger_than_the_disk_leaves_nothing(dump, tmp_path, monkeypatch, capsys):
    class Full(io.FileIO):
        def write(self, _data):
            raise OSError(28, os.strerror(28))

    monkeypatch.setattr("dumpengine.cli.commands.extract.open", Full, raising=False)
    assert main(["extract", str(dump), "0x10001", "-o", str(tmp_path / "out")]) == 5
    assert not (tmp_path / "out").exists()
    assert "Free some space" in capsys.readouterr().err
