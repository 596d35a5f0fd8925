"""Whatever happens to the capturing process, the target runs on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.windows import Target, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

_HOLDER = """
import sys
from dumpengine.backends.windows import process
from dumpengine.backends.windows.guard import watched
from dumpengine.backends.windows.standstill import Standstill
pid = int(sys.argv[1])
still = Standstill(pid)
with process.open_target(pid, 0.0, process.REQUIRED) as opened, watched(opened, still):
    still.stop()
    print("held", flush=True)
    sys.stdin.readline()
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
    from dumpengine.backends.windows import api
    from dumpengine.backends.windows.threads import open_thread, suspend_count

    counts = {}
    for tid in of.threads:
        with open_thread(tid, api.THREAD_QUERY_INFORMATION) as handle:
            assert handle
            counts[tid] = suspend_count(handle) or 0
    return counts


def runs(of: Target, **others: int) -> bool:
    """Whether all its threads run before long: the guard lets go of one after the other."""
    until = time.monotonic() + 20
    expected = dict.fromkeys(of.threads, 0) | {int(tid): n for tid, n in others.items()}
    while suspend_counts(of) != expected:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return of.answers()


def suspend(tid: int) -> None:
    from dumpengine.backends.windows import api
    from dumpengine.backends.windows.threads import open_thread

    with open_thread(tid, api.THREAD_SUSPEND_RESUME) as handle:
        api.kernel32().SuspendThread(handle)


def test_a_target_left_suspended_is_resumed() -> None:
    with target() as child:
        with holder(child) as process:
            assert set(suspend_counts(child).values()) == {1}
            process.kill()
        assert runs(child)


def test_what_was_suspended_before_stays_so() -> None:
    with target() as child:
        other = next(tid for tid in child.threads if tid != child.main_thread)
        suspend(other)
        with holder(child) as process:
            assert suspend_counts(child)[other] == 2
            process.kill()
        assert runs(child, **{str(other): 1})


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


def test_a_guard_that_is_killed_keeps_nobody_from_dumping() -> None:
    psutil = pytest.importorskip("psutil")
    with target() as child:
        with holder(child) as process:
            (guard,) = psutil.Process(process.pid).children()
            guard.kill()
            guard.wait()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("resume\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"
        assert runs(child)


def test_a_guard_that_cannot_be_started_keeps_nobody_from_dumping(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dumpengine.backends.windows import guard, process
    from dumpengine.backends.windows.standstill import Standstill

    monkeypatch.setattr(guard, "command", lambda: ["no such program"])
    with target() as child:
        still = Standstill(child.pid)
        with (
            process.open_target(child.pid, 0.0, process.REQUIRED) as opened,
            guard.watched(opened, still),
        ):
            still.stop()
            assert set(suspend_counts(child).values()) == {1}
        assert runs(child)


def test_the_guard_does_nothing_after_done() -> None:
    from dumpengine.backends.windows.guard import watch

    with target() as child:
        suspend(child.main_thread)
        order = b'{"pid": %d, "started": 0}\n' % child.pid
        assert watch(io.BytesIO(order + b"{}\ndone\n")) == 0
        assert suspend_counts(child)[child.main_thread] == 1
        assert watch(io.BytesIO(order)) == 1
        assert child.answers()


def test_the_guard_goes_by_the_last_counts_it_was_told_whole() -> None:
    from dumpengine.backends.windows.guard import watch

    with target() as child:
        for _ in range(3):
            suspend(child.main_thread)
        order = b'{"pid": %d, "started": 0}\n' % child.pid
        counts = b'{"%d": 1}\n{"%d": 2}\n{"%d"' % ((child.main_thread,) * 3)
        assert watch(io.BytesIO(order + counts)) == 1
        assert suspend_counts(child)[child.main_thread] == 2


def test_the_guard_leaves_another_process_of_that_id_alone() -> None:
    from dumpengine.backends.windows.guard import watch

    with target() as child:
        suspend(child.main_thread)
        order = b'{"pid": %d, "started": 1234.5}\n' % child.pid
        assert watch(io.BytesIO(order)) == 0
        assert suspend_counts(child)[child.main_thread] == 1


def test_the_guard_survives_a_target_that_is_gone() -> None:
    from dumpengine.backends.windows.guard import watch

    with target() as child:
        pid = child.pid
    assert watch(io.BytesIO(b'{"pid": %d, "started": 0}\n' % pid)) == 0
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
        assert runs(child)
    assert not path.exists()
