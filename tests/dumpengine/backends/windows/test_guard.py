"""Whatever happens to the capturing process, the target runs on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.windows import Target, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

_HOLDER = """
import sys
from dumpengine.backends.windows import api, process
from dumpengine.backends.windows.guard import guarded
from dumpengine.backends.windows.toolhelp import thread_ids
pid = int(sys.argv[1])
with process.open_target(pid, 0.0, process.REQUIRED) as opened, guarded(opened, needed=True):
    for tid in thread_ids(pid):
        handle = api.kernel32().OpenThread(api.THREAD_SUSPEND_RESUME, False, tid)
        api.kernel32().SuspendThread(handle)
    print("held", flush=True)
    if sys.stdin.readline() == "resume\\n":
        for tid in thread_ids(pid):
            handle = api.kernel32().OpenThread(api.THREAD_SUSPEND_RESUME, False, tid)
            api.kernel32().ResumeThread(handle)
print("done", flush=True)
"""


@contextmanager
def holder(of: Target) -> Iterator[subprocess.Popen[str]]:
    """A process that suspends every thread of a target and does not let go."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", _HOLDER, str(of.pid)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def suspend_counts(of: Target) -> dict[int, int]:
    from dumpengine.backends.windows.guard import suspend_count

    return {tid: suspend_count(tid) for tid in of.threads}


def suspend(tid: int) -> None:
    from dumpengine.backends.windows import api

    kernel = api.kernel32()
    handle = kernel.OpenThread(api.THREAD_SUSPEND_RESUME, False, tid)
    kernel.SuspendThread(handle)
    kernel.CloseHandle(handle)


def test_a_target_left_suspended_is_resumed() -> None:
    with target() as child:
        with holder(child) as process:
            assert set(suspend_counts(child).values()) == {1}
            process.kill()
        assert child.answers()  # waits for the guard


def test_what_was_suspended_before_stays_so() -> None:
    with target() as child:
        other = next(tid for tid in child.threads if tid != child.main_thread)
        suspend(other)
        with holder(child) as process:
            assert suspend_counts(child)[other] == 2
            process.kill()
        assert child.answers()
        counts = suspend_counts(child)
        assert counts.pop(other) == 1
        assert set(counts.values()) == {0}


def test_a_capture_that_ends_properly_is_left_alone() -> None:
    with target() as child:
        with holder(child) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("resume\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
        assert child.answers()
        assert set(suspend_counts(child).values()) == {0}


def test_the_guard_does_nothing_after_done() -> None:
    from dumpengine.backends.windows.guard import watch

    with target() as child:
        suspend(child.main_thread)
        order = b'{"pid": %d, "started": 0, "counts": {}}\n' % child.pid
        assert watch(io.BytesIO(order + b"done\n")) == 0
        assert suspend_counts(child)[child.main_thread] == 1
        assert watch(io.BytesIO(order)) == 1
        assert child.answers()


def test_the_guard_leaves_another_process_of_that_id_alone() -> None:
    from dumpengine.backends.windows.guard import watch

    with target() as child:
        suspend(child.main_thread)
        order = b'{"pid": %d, "started": 1234.5, "counts": {}}\n' % child.pid
        assert watch(io.BytesIO(order)) == 0
        assert suspend_counts(child)[child.main_thread] == 1


def test_the_guard_survives_a_target_that_is_gone() -> None:
    from dumpengine.backends.windows.guard import watch

    with target() as child:
        pid = child.pid
    assert watch(io.BytesIO(b'{"pid": %d, "started": 0, "counts": {}}\n' % pid)) == 0
    assert watch(io.BytesIO(b"")) == 0


_DUMPER = """
import os, sys
from pathlib import Path
from dumpengine import DumpCallback, write_dump
limit = int(sys.argv[3])

class Die(DumpCallback):
    def progress(self, progress):
        if progress.done >= limit:
            os.kill(os.getpid(), 9)

write_dump(int(sys.argv[1]), Path(sys.argv[2]), 2, callback=Die())
"""


@pytest.mark.parametrize("limit", [0, 1, 20_000, 8 << 20, 40 << 20])
def test_killed_while_it_captures(limit: int, tmp_path: Path) -> None:
    path = tmp_path / "x.dmp"
    with target(megabytes=32) as child:
        command = [sys.executable, "-c", _DUMPER, str(child.pid), str(path), str(limit)]
        done = subprocess.run(command, env=dict(os.environ), check=False, timeout=60)
        assert done.returncode != 0
        assert child.answers()
        assert set(suspend_counts(child).values()) == {0}
    assert not path.exists()
