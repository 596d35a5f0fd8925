"""How a process ended, as somebody sees it who is not its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

pytest.importorskip("fcntl")

from dumpengine.backends.linux import ending
from dumpengine.backends.linux.ending import OOM_KILLER, EndWatch
from tests.support.children import python_child, state_of, wait_until


@contextmanager
def watched(pid: int) -> Iterator[EndWatch]:
    watch = EndWatch(pid)
    yield watch
    watch.close()


@pytest.mark.parametrize("collected", [False, True], ids=["zombie", "collected"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGRTMIN + 1])
def test_a_signal_is_named(collected, number):
    with python_child() as child, watched(child.pid) as watch:
        assert watch.ended() is None
        os.kill(child.pid, number)
        if collected:
            child.wait()
        how = watch.ended(10)
    names = {signal.SIGKILL: "signal SIGKILL", signal.SIGSEGV: "signal SIGSEGV"}
    known = {names.get(number, f"signal {int(number)}")}
    # Before Linux 6.15 nobody but the parent knows once it has taken notice.
    assert how in (known | {"unknown"} if collected else known)


def test_an_exit_code_is_told():
    child = subprocess.Popen([sys.executable, "-c", "input(); raise SystemExit(3)"], stdin=-1)
    with watched(child.pid) as watch:
        child.stdin.write(b"\n")
        child.stdin.close()
        assert watch.ended(10) == "exit code 3"
    child.wait()


def test_what_ended_before_is_noticed_too():
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"])
    wait_until(lambda: state_of(child.pid) == "Z")
    with watched(child.pid) as watch:
        assert watch.ended() == "exit code 7"
    child.wait()


def test_the_oom_killer_is_told_from_others(tmp_path, monkeypatch):
    counter = tmp_path / "memory.events"
    counter.write_text("oom 0\noom_kill 4\n")
    monkeypatch.setattr(ending, "_counter", lambda _pid: str(counter))
    for strike, number, words in (
        (5, signal.SIGKILL, OOM_KILLER),
        (5, signal.SIGKILL, "signal SIGKILL"),  # it struck before, not now
        (6, signal.SIGTERM, "signal SIGTERM"),
    ):
        with python_child() as child, watched(child.pid) as watch:
            counter.write_text(f"oom 0\noom_kill {strike}\n")
            os.kill(child.pid, number)
            assert watch.ended(10) == words


def test_a_system_without_pidfds_sees_the_end(monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    with python_child() as child, watched(child.pid) as watch:
        assert watch.ended() is None
        child.kill()
        wait_until(lambda: watch.ended() == "signal SIGKILL")
