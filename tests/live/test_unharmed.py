"""Whatever happens to a capture, the target runs on as before and nothing is left behind."""

from __future__ import annotations

import gc
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dumpengine.callbacks import DumpCallback, Phase
from dumpengine.capture.partials import sweep_partials
from dumpengine.capture.write_dump import write_dump
from dumpengine.cli.commands.dump import summary
from dumpengine.errors import E_CANCELLED, DumpError, ErrorKind
from dumpengine.processes.listing import ProcessKey, key_of
from dumpengine.report import describe
from tests.support.c_targets import compiled, hard, markers, ticker
from tests.support.capturing import assert_runs, children_of, descriptors
from tests.support.children import state_of, tracer_of, wait_until

MODES = ["stop", "snapshot"]


class CancelAt(DumpCallback):
    """Cancels at the nth poll, or counts them."""

    def __init__(self, number: int = 1 << 30) -> None:
        self.number = number
        self.polls = 0

    def cancel(self) -> bool:
        self.polls += 1
        return self.polls > self.number


@pytest.fixture(scope="module")
def target():
    with ticker(megabytes=40) as running:
        yield running


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dump_type", [0, 2])
def test_cancelled_at_every_stage(target, tmp_path, mode, dump_type):
    path = tmp_path / "kept.dmp"
    path.write_bytes(b"an older dump")
    counter = CancelAt()
    write_dump(target.pid, tmp_path / "whole.dmp", dump_type, mode=mode, callback=counter)
    (tmp_path / "whole.dmp").unlink()
    gc.collect()  # of tests before
    open_files = descriptors()
    stages = sorted({*range(min(counter.polls, 6)), *range(0, counter.polls, 7)})
    for stage in stages[:20]:
        callback = CancelAt(stage)
        with pytest.raises(DumpError) as raised:
            write_dump(target.pid, path, dump_type, mode=mode, callback=callback, overwrite=True)
        assert raised.value.hresult == E_CANCELLED
        assert path.read_bytes() == b"an older dump"
        assert os.listdir(tmp_path) == ["kept.dmp"]
        assert_runs(target.pid)
    assert descriptors() == open_files
    assert target.ask()["eintr"] == 0


@pytest.mark.parametrize("mode", MODES)
def test_system_calls_and_signals_are_not_disturbed(capture, mode):
    with ticker(signals=500, births=100) as target:
        (sender,) = children_of(target.pid)
        for dump_type in (0, 2, 0x61826) * 3:
            _, _, path = capture(target.pid, dump_type, mode=mode)
            path.unlink()
        assert children_of(target.pid) == [sender]
        before = target.ask()
        after = target.ask(b"end\n")
    assert after["sent"] == after["handled"] > 0
    assert after["eintr"] == 0
    assert before["sigchld"] == 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dump_type", [0, 2])
def test_a_stopped_process_stays_stopped(capture, mode, dump_type):
    with markers(2) as target:
        os.kill(target.pid, signal.SIGSTOP)
        os.waitpid(target.pid, os.WUNTRACED)
        result, dump, _ = capture(target.pid, dump_type, mode=mode)
        assert result.mode == "stop"
        assert len(dump.snapshot().threads) == 3
        assert all(not hasattr(t.registers, "reason") for t in dump.snapshot().threads)
        assert_runs(target.pid, states="T")
        os.kill(target.pid, signal.SIGCONT)
        os.waitpid(target.pid, os.WCONTINUED)
        assert_runs(target.pid)


class At(DumpCallback):
    """Does something once when a phase begins."""

    def __init__(self, phase: Phase, action) -> None:
        self.phase, self.action = phase, action

    def progress(self, progress):
        if progress.phase is self.phase and self.action is not None:
            action, self.action = self.action, None
            action()


@pytest.mark.parametrize("phase", [Phase.STOPPING, Phase.COLLECTING, Phase.MEMORY])
@pytest.mark.parametrize("size", [1, 200])
def test_a_target_killed_meanwhile_is_no_success(tmp_path, phase, size):
    with hard("touch", size) as target:
        key = key_of(target.pid)
        killer = At(phase, lambda: os.kill(target.pid, signal.SIGKILL))
        with pytest.raises(DumpError) as raised:
            write_dump(key, tmp_path / "x.dmp", 2, mode="stop", callback=killer)
        assert raised.value.kind is ErrorKind.NO_PROCESS
        # Before it is stopped, it may be gone before anybody looks.
        assert raised.value.target_ended == "signal SIGKILL" or phase is Phase.STOPPING
        assert target.process.wait(10) == -signal.SIGKILL
    assert os.listdir(tmp_path) == []


def test_a_snapshot_outlives_its_target(capture):
    """Once the image is there, the target may go; what is read of it was in its memory."""
    with hard("touch", 60) as target:
        killer = At(Phase.COLLECTING, lambda: os.kill(target.pid, signal.SIGKILL))
        result, dump, _ = capture(target.pid, 2, mode="snapshot", callback=killer)
        assert target.process.wait(10) == -signal.SIGKILL
        assert result.mode == "snapshot"
        assert result.ok
        assert result.target_ended == "signal SIGKILL"
        assert "signal SIGKILL" in summary(result)[0]
        assert result.to_json()["target_ended"] == "signal SIGKILL"
        said = [comment.split("\n")[0] for comment in describe(dump).comments]
        assert said == [result.ended_sentence]
        found = bytearray(4096)
        assert dump.snapshot().memory.read_into(target["touched"] + (30 << 20), memoryview(found))
        assert bytes(found) == b"x" * 4096


def test_another_process_of_that_number_is_refused(tmp_path):
    with markers() as target:
        key = key_of(target.pid)
        with pytest.raises(DumpError) as raised:
            write_dump(ProcessKey(key.pid, key.started - 100), tmp_path / "x.dmp")
        assert raised.value.kind is ErrorKind.NO_PROCESS
        assert_runs(target.pid)
    assert os.listdir(tmp_path) == []


def test_a_debugged_process_names_its_debugger(tmp_path):
    with markers() as target:
        command = [sys.executable, "-c", DEBUGGER, str(target.pid)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as debugger:
            assert debugger.stdout.readline() == b"traced\n"
            with pytest.raises(DumpError) as raised:
                write_dump(target.pid, tmp_path / "x.dmp")
            assert str(debugger.pid) in raised.value.cause
            assert raised.value.kind is ErrorKind.ACCESS
            assert tracer_of(target.pid) == debugger.pid
            debugger.stdin.close()
        assert_runs(target.pid)


DEBUGGER = """
import sys
from dumpengine.backends.linux import ptrace
ptrace.seize(int(sys.argv[1]))
print("traced", flush=True)
sys.stdin.read()
"""

CAPTURE = """
import sys
from dumpengine.capture.write_dump import write_dump
print("capturing", flush=True)
while True:
    write_dump(int(sys.argv[1]), sys.argv[2], 2, mode=sys.argv[3], overwrite=True)
"""


def image_left(pid: int, program: Path) -> list[int]:
    """Processes that run the target's program but are not the target."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(name) != pid and os.readlink(f"/proc/{name}/exe") == str(program):
                found.append(int(name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("mode", MODES)
def test_sigkill_of_the_capturing_process_at_random_instants(tmp_path, mode):
    chance = random.Random(mode)
    program = compiled("hard")
    with hard("touch", 30) as target:
        others = set(image_left(target.pid, program))
        for _ in range(10):
            command = [sys.executable, "-c", CAPTURE, str(target.pid), str(tmp_path / "x.dmp")]
            with subprocess.Popen([*command, mode], stdout=subprocess.PIPE) as capturer:
                assert capturer.stdout.readline() == b"capturing\n"
                time.sleep(chance.uniform(0, 0.4))  # the instant is the test's variable
                capturer.kill()
            wait_until(lambda: tracer_of(target.pid) == 0)
            wait_until(lambda: state_of(target.pid) in "SR")
            wait_until(lambda: set(image_left(target.pid, program)) <= others)
            wait_until(lambda: children_of(target.pid) == [])
            sweep_partials(tmp_path)  # as the next capture does
            assert set(os.listdir(tmp_path)) <= {"x.dmp"}


def test_two_captures_at_once_in_one_process_take_turns(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    active: list[str] = []
    overlaps: list[str] = []

    class Watch(DumpCallback):
        def __init__(self, name: str) -> None:
            self.name = name

        def is_process_snapshot(self):
            overlaps.extend(active)
            active.append(self.name)
            return False

        def write_kernel_minidump(self):
            active.remove(self.name)

    with markers(2) as target, ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(write_dump, target.pid, tmp_path / f"{n}.dmp", 2, callback=Watch(str(n)))
            for n in range(4)
        ]
        assert all(job.result().ok for job in jobs)
        assert_runs(target.pid)
    assert overlaps == []
