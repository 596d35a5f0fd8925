"""Nothing of the target moves while it is read, and the pause told is the pause there was."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from dumpengine.backends.windows import standstill
from dumpengine.backends.windows.standstill import Standstill
from dumpengine.backends.windows.threads import CONTEXT_ALL
from dumpengine.callbacks import DumpCallback, ThreadCallback, ThreadWriteFlags
from dumpengine.dump_types import MinidumpType
from dumpengine.job import Captured, CaptureJob
from dumpengine.options import CaptureOptions, Mode
from tests.support.windows import Dumper, FileSink, needs_windows, target
from tests.support.windows_pair import Pair, is_of_one_moment, pair

_OPTIONS = CaptureOptions(dump_type=MinidumpType.WithFullMemory, mode=Mode.STOP)


class Slow(DumpCallback):
    """Takes its time over the first thread, while all stand still."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def thread(self, event: ThreadCallback) -> ThreadWriteFlags | None:
        time.sleep(self.seconds)
        self.seconds = 0.0
        return event.write_flags


def dump(of: Pair, path: Path, seconds: float = 0.0) -> Captured:
    from dumpengine.backends.windows.capture import capture

    sink = FileSink(path)
    try:
        return capture(CaptureJob(of.pid, 0.0, _OPTIONS, sink, Slow(seconds)))
    finally:
        sink.close()


@needs_windows
@pytest.mark.live
@pytest.mark.parametrize("seconds", [0.0, 0.6])
def test_the_targets_heart_misses_as_long_as_the_result_says(
    seconds: float, tmp_path: Path
) -> None:
    with pair(megabytes=8) as child:
        child.longest_gap()
        captured = dump(child, tmp_path / "it.dmp", seconds)
        gap = child.longest_gap()
    assert captured.pause_ms is not None
    assert captured.pause_ms >= seconds * 1e3
    # A busy machine keeps the target from running for longer than we did, never for less.
    assert captured.pause_ms <= gap * 1.2 + 5
    assert gap <= captured.pause_ms * 1.2 + 50


@needs_windows
@pytest.mark.live
def test_memory_and_registers_are_of_one_moment(tmp_path: Path) -> None:
    with pair() as child:
        for _ in range(5):
            dump(child, tmp_path / "it.dmp")
            counted = child.counted(tmp_path / "it.dmp")
            assert is_of_one_moment(*counted), counted


_SPAWNER = """
import threading
def spawn():
    while True:
        threading.Thread(target=spawn_one).start()
def spawn_one():
    pass
for _ in range(3):
    threading.Thread(target=spawn).start()
print("ready", flush=True)
"""


@needs_windows
@pytest.mark.live
def test_threads_that_appear_meanwhile_are_stopped_too() -> None:
    from dumpengine.backends.windows.toolhelp import thread_ids

    command = [sys.executable, "-c", _SPAWNER]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"ready"
        still = Standstill(child.pid)
        try:
            for _ in range(5):
                still.stop()
                held = still.suspend_counts.keys()
                assert len(held) >= 4
                time.sleep(0.05)
                # One that is just about to end may not answer, and ends.
                assert set(thread_ids(child.pid)) - still.stuck == held
                assert still.unheld == still.stuck
                still.release()
                time.sleep(0.02)
        finally:
            still.release()
            child.kill()


@needs_windows
@pytest.mark.live
def test_suspend_counts_in_the_dump_are_the_targets_own(dumper: Dumper) -> None:
    from dumpengine.backends.windows import api
    from dumpengine.backends.windows.threads import open_thread
    from dumpengine.read.dump import open_dump

    with target() as child:
        other = next(tid for tid in child.threads if tid != child.main_thread)
        with open_thread(other, api.THREAD_SUSPEND_RESUME) as handle:
            api.kernel32().SuspendThread(handle)
        _, path = dumper(child)
        assert child.answers()
    with open_dump(path) as found:
        counts = {thread.tid: thread.suspend_count for thread in found.snapshot().threads}
    assert counts.pop(other) == 1
    assert set(counts.values()) == {0}


class Thread:
    """A thread that stops, or does not."""

    def __init__(self, tid: int, *, stops: bool = True, stands: bool = True) -> None:
        self.tid = tid
        self.before = tid % 2
        self.stops = stops
        self.stands = stands
        self.log: list[str] = []

    def suspend(self) -> bool:
        self.log.append("suspend")
        return self.stops

    def context(self, flags: int = CONTEXT_ALL) -> bytes:
        return bytes([self.tid, flags & 0xFF]) if self.stands else b""

    def resume(self) -> None:
        self.log.append("resume")


class Played:
    """A process whose list of threads is told, one list a question."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *lists: list[int]) -> None:
        self.lists = list(lists)
        self.threads: dict[int, Thread] = {}
        monkeypatch.setattr(standstill, "thread_ids", self.thread_ids)
        monkeypatch.setattr(standstill.SuspendedThread, "open", self.open)

    def thread_ids(self, _pid: int) -> list[int]:
        return self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]

    def open(self, tid: int) -> Thread | None:
        return self.threads.setdefault(tid, Thread(tid=tid)) if tid < 90 else None


def test_the_list_is_asked_for_until_nothing_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, [1, 2], [1, 2, 3], [2, 3, 4], [2, 3, 4])
    still = Standstill(42)
    told: list[object] = []
    still.told = told.append
    still.stop()
    still.stop()
    assert played.threads.keys() == {1, 2, 3, 4}
    assert all(thread.log == ["suspend"] for thread in played.threads.values())
    assert told == [{1: 1, 2: 0, 3: 1, 4: 0}]
    assert still.stopped
    assert still.complaint == ""


def test_what_is_released_runs_and_the_pause_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, [1, 2])
    still = Standstill(42)
    assert still.pause_ms == 0
    still.stop()
    time.sleep(0.01)
    assert still.pause_ms >= 10
    still.release()
    pause = still.pause_ms
    time.sleep(0.01)
    still.release()
    assert still.pause_ms == pause
    assert all(thread.log == ["suspend", "resume"] for thread in played.threads.values())
    still.stop()
    still.release()
    assert still.pause_ms > pause


def test_threads_out_of_reach_are_complained_about(monkeypatch: pytest.MonkeyPatch) -> None:
    Played(monkeypatch, [1, 2, 98, 99])
    still = Standstill(42)
    still.stop()
    assert still.unheld == {98, 99}
    assert still.complaint.startswith("The process was not held still: 2 of its 4 threads ")


def test_a_thread_that_ended_meanwhile_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    Played(monkeypatch, [1, 2, 99], [1, 2])
    still = Standstill(42)
    still.stop()
    assert still.complaint == ""


def test_a_thread_that_may_still_move_is_complained_about(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, [1, 2])
    played.threads = {1: Thread(tid=1, stands=False), 2: Thread(tid=2)}
    still = Standstill(42)
    still.stop()
    assert still.unheld == {1}
    still.release()
    assert played.threads[1].log == ["suspend", "resume"]


def test_the_whole_context_of_a_thread_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    Played(monkeypatch, [1, 2])
    still = Standstill(42, wanted=2)
    still.stop()
    assert still.context == bytes([2, CONTEXT_ALL & 0xFF])
    other = Standstill(42, wanted=3)
    other.stop()
    assert other.context == b""


def test_a_thread_that_does_not_come_to_a_stand_is_let_go_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reading the context of a thread that is stuck in the kernel does not return."""
    monkeypatch.setattr(standstill, "_PATIENCE", 0.05)
    played = Played(monkeypatch, [1, 2, 3])
    end = threading.Event()

    class Stuck(Thread):
        def context(self, flags: int = CONTEXT_ALL) -> bytes:
            end.wait()
            return super().context(flags)

    played.threads = {2: Stuck(2)}
    still = Standstill(42)
    try:
        still.stop()
        assert still.stuck == still.unheld == {2}
        assert still.suspend_counts.keys() == {1, 3}
        assert "1 of its 3 threads" in still.complaint
        assert "lacks 1 that do" in still.complaint
        assert played.threads[2].log == ["suspend", "resume"]
        assert played.threads[1].log == ["suspend"]
    finally:
        end.set()
        still.release()


def test_a_refused_suspension_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, [1, 2])
    played.threads = {1: Thread(tid=1, stops=False), 2: Thread(tid=2)}
    still = Standstill(42)
    still.stop()
    assert still.unheld == {1}
    assert played.threads[1].log[:2] == ["suspend", "resume"]


def test_a_target_that_makes_threads_for_ever_ends_somewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = Played(monkeypatch, *([n] for n in range(1, 80)), *([100 + n] for n in range(200)))
    still = Standstill(42)
    still.stop()
    assert still.unheld
    assert len(played.lists) > 1
