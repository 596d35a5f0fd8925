"""Crashes and exits: a dump exactly when there is one, and the target ends as without us."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from dumpengine.backends.choose import backend
from dumpengine.backends.protocol import Catches
from dumpengine.capture.call_stacks import call_stacks
from dumpengine.dump_types import PRESETS
from dumpengine.processes.listing import key_of
from dumpengine.read.dump import open_dump
from tests.support.c_targets import Target, compiled, running, ticker
from tests.support.capturing import assert_runs
from tests.support.children import python_child, state_of, tracer_of, wait_until

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's signals"),
]


@contextmanager
def watching(folder: Path, *words: object) -> Iterator[subprocess.Popen[str]]:
    """A watch in the terminal that is armed."""
    command = [sys.executable, "-m", "dumpengine", "watch", "-o", str(folder), *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Watching ")
            yield process
        finally:
            process.kill()


def ends(way: str, folder: Path, *words: object) -> tuple[int, list[Path]]:
    """How the target ends when it is watched, and the dumps."""
    with (
        running(compiled("crashes"), way) as target,
        watching(folder, target.pid, *words) as watch,
    ):
        let_go(target)
        code = target.process.wait(20)
        watch.wait(20)
    return code, sorted(folder.iterdir())


def let_go(target: Target) -> None:
    assert target.process.stdin is not None
    target.process.stdin.write(b"\n\n")
    target.process.stdin.flush()


def alone(way: str) -> int:
    with running(compiled("crashes"), way) as target:
        let_go(target)
        return target.process.wait(20)


def exception_of(path: Path) -> Any:
    with open_dump(path) as dump:
        return dump.snapshot().exception


def innermost(path: Path) -> list[str]:
    """The functions of the thread that crashed, innermost first."""
    record = exception_of(path)
    found = call_stacks(path, symbols=[compiled("crashes").parent])
    stack = next(thread for thread in found.threads if thread.id == record.thread_id)
    return [frame.function.removesuffix("()") for frame in stack.frames]


@pytest.mark.parametrize(
    ("way", "number", "function"),
    [
        ("fault", signal.SIGSEGV, "fault"),
        ("thread", signal.SIGSEGV, "fault"),
        ("abort", signal.SIGABRT, ""),
        ("overflow", signal.SIGSEGV, "overflow"),
        ("overflow-alternate", signal.SIGSEGV, "overflow"),
        ("overflow-handled", signal.SIGSEGV, "overflow"),
        ("double", signal.SIGSEGV, "fault"),
        ("raise-again", signal.SIGSEGV, "fault"),
        ("raise-inside", signal.SIGSEGV, "fault"),
        ("abort-inside", signal.SIGSEGV, "fault"),
        ("fork-inside", signal.SIGSEGV, "fault"),
        ("exec", signal.SIGSEGV, "fault"),
    ],
)
def test_a_crash_is_dumped_with_the_context_of_its_fault(tmp_path, way, number, function):
    code, dumps = ends(way, tmp_path, "--crash")
    assert code == alone(way) < 0
    [path] = dumps
    assert "_crash_" in path.name
    record = exception_of(path)
    assert record.code == number
    names = innermost(path)
    assert names[0] == function or (not function and "main" in names)
    if function == "fault" and way != "double":
        assert record.address == 16


@pytest.mark.parametrize("way", ["handled", "ignored", "term", "kill", "seven", ""])
def test_what_is_no_crash_is_not_dumped(tmp_path, way):
    code, dumps = ends(way, tmp_path, "--crash")
    assert code == alone(way)
    assert dumps == []


def test_a_signal_that_is_handled_can_be_asked_for(tmp_path):
    code, dumps = ends("handled", tmp_path, "--crash-first", "SEGV", "--count", "2")
    assert (code, len(dumps)) == (3, 1)  # the others came within the spacing
    assert innermost(dumps[0])[0] == "fault"
    assert ends("handled", tmp_path, "--crash-first", "ABRT")[1] == dumps


@pytest.mark.parametrize(
    ("way", "option", "count"),
    [
        ("seven", "any", 1),
        ("seven", "nonzero", 1),
        ("", "any", 1),
        ("", "nonzero", 0),
        ("term", "nonzero", 1),
        ("kill", "any", 1),
        ("last-thread", "any", 1),
        ("exec", "any", 1),
    ],
)
def test_an_exit_is_dumped_before_the_memory_is_gone(tmp_path, way, option, count):
    code, dumps = ends(way, tmp_path, "--exit", option, "-t", "heap")
    assert code == alone(way)
    assert len(dumps) == count
    for path in dumps:
        with open_dump(path) as dump:
            assert dump.snapshot().threads
            assert dump.comments[0].startswith("because: e")


def test_the_end_after_a_crash_is_not_dumped_again(tmp_path):
    _, dumps = ends("fault", tmp_path, "--crash", "--exit", "--count", "9", "--spacing", "0")
    assert len(dumps) == 1


def test_a_crash_is_no_series_and_dumped_as_asked(tmp_path):
    _, [path] = ends("fault", tmp_path, "--crash", "--series", "3", "-t", "heap")
    with open_dump(path) as dump:
        assert dump.comments[0].startswith("because: SIGSEGV")
        assert "of 3" not in dump.comments[0]
        assert dump.flags & PRESETS["heap"].value == PRESETS["heap"].value


def test_a_traced_process_is_dumped_for_other_reasons_too(tmp_path):
    with ticker(signals=500, births=50) as target:
        with watching(tmp_path, target.pid, "--crash", "--every", "0.3", "--count", 3) as watch:
            assert watch.wait(30) == 0
        counted = target.ask(b"end\n")
        wait_until(lambda: tracer_of(target.pid) == 0)
    assert len(list(tmp_path.iterdir())) == 3
    # The sender may be killed between a signal and its count.
    assert counted["handled"] - counted["sent"] in (0, 1)
    assert counted["sent"]
    assert counted["eintr"] == 0


def test_a_stopped_process_stays_stopped_and_continues(tmp_path):
    with (
        running(compiled("crashes"), "seven") as target,
        watching(tmp_path, target.pid, "--crash"),
    ):
        os.kill(target.pid, signal.SIGSTOP)
        wait_until(lambda: state_of(target.pid) in "tT")
        time.sleep(0.2)
        let_go(target)
        time.sleep(0.2)
        assert target.process.poll() is None
        os.kill(target.pid, signal.SIGCONT)
        assert target.process.wait(10) == 7


def test_an_ignored_signal_interrupts_no_call(tmp_path):
    """To a traced process even ignored signals are shown to be delivered; epoll_wait(2) ends."""
    waits = """
import ctypes, os, select
lib, events = ctypes.CDLL(None, use_errno=True), ctypes.create_string_buffer(12)
poll, (reading, writing) = select.epoll(), os.pipe()
poll.register(reading, select.EPOLLIN)
print("ready", flush=True)
print(lib.epoll_wait(poll.fileno(), events, 1, 3000), ctypes.get_errno(), flush=True)
"""
    command = [sys.executable, "-c", waits]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        with watching(tmp_path, child.pid, "--crash"):
            for _ in range(20):
                os.kill(child.pid, signal.SIGWINCH)
                time.sleep(0.02)
            assert child.stdout.readline() == "0 0\n"


@pytest.mark.parametrize("way", ["fault", "seven"])
def test_whoever_is_killed_the_target_ends_as_without_us(tmp_path, way):
    seed = random.Random(way)
    for who in ("watch", "tracer") * 3:
        with (
            running(compiled("crashes"), way) as target,
            watching(tmp_path, target.pid, "--crash", "--exit") as watch,
        ):
            tracer = tracer_of(target.pid)
            assert tracer not in (0, watch.pid)
            let_go(target)
            time.sleep(seed.random() * 0.15)
            with suppress(ProcessLookupError):
                os.kill(watch.pid if who == "watch" else tracer, signal.SIGKILL)
            assert target.process.wait(10) == (-signal.SIGSEGV if way == "fault" else 7)


def test_a_watch_that_is_killed_leaves_a_running_target_alone(tmp_path):
    with ticker(signals=500) as target:
        with watching(tmp_path, target.pid, "--crash") as watch:
            watch.kill()
            wait_until(lambda: tracer_of(target.pid) == 0)
        counted = target.ask(b"end\n")
        assert state_of(target.pid) in "SR"
    # The sender may be killed between a signal and its count.
    assert counted["handled"] - counted["sent"] in (0, 1)
    assert counted["sent"]


def test_a_process_that_is_traced_already_is_not_armed():
    with python_child() as child:
        key = key_of(child.pid)
        guard = backend().guard(key.pid, key.started, Catches(crash=True))
        try:
            command = [sys.executable, "-m", "dumpengine", "watch", str(child.pid), "--crash"]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 3
            assert "one tracer" in done.stderr
            assert "Dump now" in done.stderr
        finally:
            guard.close()
        assert_runs(child.pid)


def test_a_command_is_watched_from_its_start_and_its_exit_code_is_ours(tmp_path):
    for way, code, count in (("seven", 7, 0), ("fault", 128 + signal.SIGSEGV, 1)):
        command = [sys.executable, "-m", "dumpengine", "watch", "--crash", "-o", str(tmp_path)]
        done = subprocess.run(
            [*command, "--", str(compiled("crashes")), way], input=b"\n", capture_output=True
        )
        assert done.returncode == code
        assert len(list(tmp_path.iterdir())) == count


def test_a_command_that_is_not_there(capsys):
    from dumpengine.cli import main

    assert main(["watch", "--crash", "--", "/nowhere/shop"]) == 2
    assert "/nowhere/shop" in capsys.readouterr().err
