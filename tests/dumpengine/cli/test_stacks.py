"""``stacks`` and ``show --stacks``: of processes and of files."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dumpengine import PRESETS, call_stacks, open_dump, write_dump
from dumpengine.cli import main
from tests.support.c_targets import Target, compiled, running
from tests.support.capturing import assert_runs

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it walks ELF programs"),
]


@pytest.fixture
def chains() -> Iterator[Target]:
    with running(compiled("chains", "-fomit-frame-pointer", "-O1")) as target:
        yield target


def folder(target: Target) -> str:
    return str(Path(str(target.process.args[0])).parent)


def test_a_running_process_is_walked_and_runs_on(chains, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["stacks", str(chains.pid)]) == 0
    printed = capsys.readouterr().out
    assert "stood still" in printed.splitlines()[0]
    assert "2 threads: deep (" in printed
    assert "descend+0x" in printed
    assert_runs(chains.pid)
    assert os.listdir(tmp_path) == []


def test_a_dump_says_the_same_frames_as_the_process(chains, capsys, tmp_path):
    main(["stacks", str(chains.pid), "--json"])
    live = json.loads(capsys.readouterr().out)
    write_dump(chains.pid, tmp_path / "a.dmp", PRESETS["mini"].value)
    main(["stacks", str(tmp_path / "a.dmp"), "--symbols", folder(chains), "--json"])
    dumped = json.loads(capsys.readouterr().out)
    assert dumped["pause_ms"] is None
    assert [t["frames"] for t in dumped["threads"]] == [t["frames"] for t in live["threads"]]


def test_show_has_the_stacks_when_asked(chains, capsys, tmp_path):
    write_dump(chains.pid, tmp_path / "a.dmp", PRESETS["mini"].value)
    shown = ["show", str(tmp_path / "a.dmp"), "--stacks", "--symbols", folder(chains)]
    main([*shown, "--json"])
    assert json.loads(capsys.readouterr().out)["stacks"]["pid"] == chains.pid
    main([*shown, "--brief"])
    assert "descend+0x" in capsys.readouterr().out
    main(["show", str(tmp_path / "a.dmp"), "--json"])
    assert "stacks" not in json.loads(capsys.readouterr().out)


def test_one_thread_alone(chains, capsys):
    assert main(["stacks", str(chains.pid), "--thread", str(chains.pid), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [thread["id"] for thread in found["threads"]] == [chains.pid]
    assert [group["threads"] for group in found["groups"]] == [[chains.pid]]


def test_a_thread_that_is_not_there_is_said_to_be_missing(chains, capsys):
    assert main(["stacks", str(chains.pid), "--thread", "1"]) == 2
    assert "has no thread 1" in capsys.readouterr().err


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert main(["stacks", str(tmp_path / "missing.dmp")]) == 2
    assert "There is no file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nosuch.dmp", "./lock", "nosuch.core"])
def test_what_looks_like_a_file_is_one(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["stacks", name]) == 2
    assert f"There is no file {Path(name)}." in capsys.readouterr().err


@pytest.mark.parametrize("command", ["stacks", "show", "check"])
def test_a_pipe_is_no_dump(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    assert main([command, "pipe"]) == 2
    assert "pipe is a pipe, a socket or a device" in capsys.readouterr().err


def test_a_snapshot_can_be_walked_from_python(chains, tmp_path):
    write_dump(chains.pid, tmp_path / "a.dmp", PRESETS["mini"].value)
    with open_dump(tmp_path / "a.dmp") as dump:
        found = call_stacks(dump.snapshot(), symbols=[folder(chains)])
    assert {thread.name for thread in found.threads} >= {"deep", "alternate"}
