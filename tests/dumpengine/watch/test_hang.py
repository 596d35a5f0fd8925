"""Hangs: what counts, and what only waits for work."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from dumpengine.backends.choose import backend
from dumpengine.processes.listing import key_of
from dumpengine.watch.conditions import Hangs
from dumpengine.watch.hang import HangJudge
from dumpengine.watch.judging import Sample
from tests.support.c_targets import Target, compiled, running
from tests.support.capturing import assert_runs
from tests.support.children import python_child

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's threads"),
]


def reasons(pid: int, *, seconds: float = 1.0, looks_for: float = 2.0) -> list[str]:
    judge = HangJudge(Hangs(seconds), key_of(pid), backend().thread_gauge(pid))
    said, end = [], time.monotonic() + looks_for
    while time.monotonic() < end:
        said.append(judge.look(Sample(time.monotonic(), {})))
        time.sleep(0.1)
    return [each for each in said if each]


def waiters(mode: str) -> Target:
    return running(compiled("waiters"), mode)


@pytest.mark.parametrize("mode", ["deadlock2", "normal", "written"])
def test_a_lock_that_somebody_holds(mode):
    with waiters(mode) as target:
        found = reasons(target.pid)
        assert found
        assert "for a lock that " in found[0]
        assert_runs(target.pid)


def test_it_must_last():
    with waiters("normal") as target:
        assert reasons(target.pid, seconds=2.5) == []


@pytest.mark.parametrize(
    "mode", ["condition", "semaphore", "join", "poll", "select", "epoll", "accept", "child"]
)
def test_waiting_for_work_is_no_hang(mode):
    with waiters(mode) as target:
        assert reasons(target.pid) == []


def test_the_main_thread_in_a_pipe_that_nobody_fills():
    with python_child() as child:
        assert reasons(child.pid) == []  # standard input
    read = "r, w = os.pipe(); os.write(1, b'ready\\n'); os.read(r, 1)"
    with python_child(read) as child:
        assert "read a pipe" in reasons(child.pid)[0]


def test_a_thread_that_goes_round_in_circles():
    with waiters("spin") as target:
        found = reasons(target.pid)
        assert found
        assert found[0].endswith(" has computed for 1 s without leaving spinner()")
        assert_runs(target.pid, "SR")


def test_a_stopped_process_does_not_hang():
    with waiters("normal") as target:
        os.kill(target.pid, signal.SIGSTOP)
        time.sleep(0.2)
        assert reasons(target.pid) == []
        os.kill(target.pid, signal.SIGCONT)


def test_it_is_dumped_through_the_tracer_that_is_there(tmp_path: Path, capsys):
    from dumpengine.cli import main

    with waiters("normal") as target:
        words = ["--hang", "1", "--crash", "-o", str(tmp_path)]
        assert main(["watch", str(target.pid), *words]) == 0
        assert_runs(target.pid)
    assert "a lock that" in capsys.readouterr().out
    assert "_hang_" in next(tmp_path.iterdir()).name
