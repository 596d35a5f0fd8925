"""A thread in uninterruptible sleep (state D), as in front of a dead disk or server."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from dumpengine.backends.linux import procfs
from dumpengine.callbacks import DumpCallback, Phase
from tests.support.c_targets import Target, hard
from tests.support.capturing import children_of
from tests.support.children import tracer_of, wait_until

MODES = ["stop", "snapshot"]


def asleep(pid: int) -> list[int]:
    return [tid for tid in procfs.task_ids(pid) if procfs.read_stat(pid, tid).state == "D"]


@pytest.fixture
def target() -> Iterator[Target]:
    with hard("uninterruptible") as running:
        wait_until(lambda: asleep(running.pid))
        yield running
        wake(running)


@pytest.fixture
def lone_target() -> Iterator[Target]:
    with hard("uninterruptible-alone") as running:
        wait_until(lambda: asleep(running.pid))
        yield running
        wake(running)


def wake(target: Target) -> None:
    for child in map(int, children_of(target.pid)):
        if tracer_of(child) == 0:  # not the image of it
            os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("mode", MODES)
def test_the_others_are_dumped_and_it_tells_where_it_is(capture, target, mode):
    (tid,) = asleep(target.pid)
    result, dump, path = capture(target.pid, 0, mode=mode)
    threads = dump.snapshot().threads
    assert {thread.tid for thread in threads} == set(procfs.task_ids(target.pid))
    (problem,) = result.skipped
    assert problem.where == f"thread {tid}"
    assert "uninterruptible sleep" in problem.what
    (found,) = (thread for thread in threads if thread.tid == tid)
    fields = (procfs.read_bytes(f"/proc/{target.pid}/task/{tid}/syscall")).split()
    assert (found.registers.sp, found.registers.pc) == (int(fields[-2], 16), int(fields[-1], 16))
    assert b"<DumpDesk uninterruptible>" in path.read_bytes()
    assert result.pause_ms < 1900  # it is not waited for as long as for one that may come
    assert asleep(target.pid) == [tid]
    assert tracer_of(target.pid) == 0


def test_one_that_wakes_while_the_copy_is_read_runs_on(capture, target):
    (tid,) = asleep(target.pid)

    def runs() -> bool:
        status = procfs.read_status(tid)
        return status["State"][0] == "S" and status["TracerPid"] == "0"

    class Waker(DumpCallback):
        def progress(self, progress):
            if progress.phase is Phase.MEMORY and not woken:
                wake(target)
                wait_until(runs, 5)
                woken.append(tid)

    woken: list[int] = []
    capture(target.pid, 2, mode="snapshot", callback=Waker())
    assert woken


@pytest.mark.parametrize("dump_type", [0, 2], ids=["stacks", "full"])
@pytest.mark.parametrize("mode", [*MODES, "auto"])
def test_one_that_sleeps_alone_is_dumped(capture, lone_target, mode, dump_type):
    pid = lone_target.pid
    result, dump, path = capture(pid, dump_type, mode=mode)
    (thread,) = dump.snapshot().threads
    fields = procfs.read_bytes(f"/proc/{pid}/syscall").split()
    assert (thread.registers.sp, thread.registers.pc) == (int(fields[-2], 16), int(fields[-1], 16))
    assert b"<DumpDesk uninterruptible>" in path.read_bytes()
    (problem,) = result.skipped
    assert "only its stack pointer" in problem.what
    assert result.mode == "stop"
    assert asleep(pid) == [pid]
    assert tracer_of(pid) == 0
