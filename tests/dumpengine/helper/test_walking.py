"""Stacks walked in another process, and what comes of it when that goes wrong."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from dumpengine import PRESETS, DumpError, ErrorKind, StackWalk, call_stacks, key_of, write_dump
from dumpengine.errors import E_CANCELLED, E_HELPER_DIED
from dumpengine.helper import walking
from tests.support.c_targets import compiled, running

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it walks ELF programs"),
]


def test_a_dump_has_the_same_stacks_as_walked_here(tmp_path: Path) -> None:
    program = compiled("chains", "-fomit-frame-pointer", "-O1")
    with running(program) as target:
        write_dump(target.pid, tmp_path / "a.dmp", PRESETS["mini"].value)
    folders = [program.parent]
    apart = StackWalk(tmp_path / "a.dmp", folders).run()
    assert apart == call_stacks(tmp_path / "a.dmp", symbols=folders)
    assert any(frame.function == "descend" for t in apart.threads for frame in t.frames)


def test_a_running_process_is_looked_at() -> None:
    with running(compiled("chains", "-O2")) as target:
        found = StackWalk(key_of(target.pid)).run()
    assert found.pid == target.pid
    assert found.pause_ms is not None


def test_what_the_other_process_met_is_raised_here(tmp_path: Path) -> None:
    with pytest.raises(DumpError, match="There is no file") as caught:
        StackWalk(tmp_path / "missing.dmp").run()
    assert caught.value.kind is ErrorKind.USAGE


def test_a_walk_can_be_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "_OPTION", "1")
    monkeypatch.setattr(walking, "helper_command", lambda: ["sleep", "60"])
    walk = StackWalk(tmp_path / "a.dmp")
    threading.Timer(0.3, walk.cancel).start()
    with pytest.raises(DumpError) as caught:
        walk.run()
    assert caught.value.hresult == E_CANCELLED


@pytest.mark.parametrize("answer", ["", "{}", "[1]", '{"stacks": {}}', '{"kind": "NONSENSE"}'])
def test_an_answer_that_makes_no_sense_is_a_helper_that_died(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    monkeypatch.setattr(walking, "helper_command", lambda: ["printf", "%s%.0s", answer])
    with pytest.raises(DumpError) as caught:
        StackWalk(tmp_path / "a.dmp").run()
    assert caught.value.hresult == E_HELPER_DIED
