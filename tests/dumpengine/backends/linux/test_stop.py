"""Holding all threads still, and letting all of them go."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from dumpengine.errors import E_TIMEOUT, DumpError, ErrorKind
from dumpengine.snapshot import Absent, Registers

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ptrace"),
]
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux import procfs, ptrace, stop
    from dumpengine.backends.linux.ending import EndWatch
    from dumpengine.backends.linux.freeze import Wants, freeze
    from dumpengine.backends.linux.held import Tracer
    from dumpengine.backends.linux.stop import StoppedProcess
    from tests.support.c_targets import hard, markers, ticker
    from tests.support.capturing import assert_runs
    from tests.support.children import state_of, tracer_of


def states(pid: int) -> set[str]:
    found = set()
    for tid in procfs.task_ids(pid):
        try:
            found.add(procfs.read_stat(pid, tid).state)
        except OSError:
            continue
    return found


def test_every_thread_stands_still_until_released():
    with markers(9) as target:
        with StoppedProcess(target.pid) as stopped:
            assert stopped.threads == sorted(procfs.task_ids(target.pid))
            assert states(target.pid) == {"t"}
            assert tracer_of(target.pid) == os.getpid()
            assert not stopped.killed
        assert_runs(target.pid)
        assert not stopped.killed
        assert stopped.pause_ms < 1000
        stopped.release()


def test_an_exception_inside_lets_them_go():
    with markers(3) as target:
        with pytest.raises(RuntimeError), StoppedProcess(target.pid):
            raise RuntimeError
        assert_runs(target.pid)


def test_no_thread_escapes_from_a_storm():
    with hard("storm", 2000) as target:
        for _ in range(20):
            with StoppedProcess(target.pid) as stopped:
                first = [tid for tid in procfs.task_ids(target.pid) if tid in stopped.threads]
                assert states(target.pid) <= {"t"}
                assert sorted(procfs.task_ids(target.pid)) == sorted(first)
                assert stopped.unstopped == {}
            assert tracer_of(target.pid) == 0


def test_signals_that_were_on_their_way_arrive():
    with ticker(signals=1000) as target:
        for _ in range(50):
            with StoppedProcess(target.pid):
                pass
        figures = target.ask(b"end\n")
    assert figures["sent"] == figures["handled"] > 0
    assert figures["eintr"] == 0


@pytest.mark.parametrize("name", ["SIGSTOP", "SIGTSTP"])
def test_a_stopped_process_is_known_as_such_and_stays_stopped(name):
    with markers(3) as target:
        os.kill(target.pid, getattr(signal, name))
        os.waitpid(target.pid, os.WUNTRACED)
        with StoppedProcess(target.pid) as stopped:
            assert stopped.group_stopped
            assert len(stopped.threads) == 4
        while state_of(target.pid) == "R":  # on its way back into the stop
            time.sleep(0.001)
        assert state_of(target.pid) == "T"
        os.kill(target.pid, signal.SIGCONT)
        os.waitpid(target.pid, os.WCONTINUED)
        with StoppedProcess(target.pid) as stopped:
            assert not stopped.group_stopped
        assert_runs(target.pid)


def test_a_target_killed_meanwhile_is_told_and_its_exit_code_left_to_its_parent():
    with markers(3) as target:
        with StoppedProcess(target.pid) as stopped:
            target.process.kill()
        assert stopped.killed
        assert target.process.wait(10) == -signal.SIGKILL


def wait_for_zombie_leader(pid: int) -> None:
    while state_of(pid) != "Z":
        time.sleep(0.001)


def test_a_main_thread_that_has_ended():
    with hard("leader") as target:
        wait_for_zombie_leader(target.pid)
        with StoppedProcess(target.pid) as stopped:
            assert target.pid not in stopped.threads
            assert len(stopped.threads) >= 1
            assert set(stopped.unstopped) == {target.pid}
        assert tracer_of(target.pid) == 0


@pytest.mark.parametrize("clone", [False, True])
def test_the_memory_of_a_process_whose_main_thread_has_ended(clone):
    with hard("leader") as target:
        wait_for_zombie_leader(target.pid)
        with (
            Tracer() as tracer,
            closing(EndWatch(target.pid)) as end,
            freeze(target.pid, 0.0, Wants(clone=clone), tracer, end) as frozen,
        ):
            snapshot = frozen.snapshot
            assert isinstance(snapshot.threads[0].registers, Absent)
            last = snapshot.threads[1]
            assert isinstance(last.registers, Registers)
            assert last.stack.start < last.registers.sp < last.stack.end
            assert snapshot.modules[0].name == "hard"
            assert snapshot.process.path.endswith("/hard")
            buffer = bytearray(8)
            assert snapshot.memory.read_into(last.stack.start, memoryview(buffer)) == 8
            assert not frozen.cloned
        assert tracer_of(target.pid) == 0


def test_processes_that_cannot_be_stopped():
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(DumpError) as raised, StoppedProcess(ended.pid):
            pass
        assert raised.value.kind in (ErrorKind.ACCESS, ErrorKind.NO_PROCESS)
    with pytest.raises(DumpError) as raised, StoppedProcess(ended.pid):
        pass
    assert raised.value.kind is ErrorKind.NO_PROCESS


def test_one_thread_that_is_traced_already_is_refused_and_others_let_go():
    """The debugger has only one of the threads."""
    with markers(3) as target:
        other = max(procfs.task_ids(target.pid))
        code = (
            "import sys; from dumpengine.backends.linux import ptrace\n"
            "ptrace.seize(int(sys.argv[1]))\n"
            "print('traced', flush=True); sys.stdin.read()"
        )
        command = [sys.executable, "-c", code, str(other)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as debugger:
            assert debugger.stdout.readline() == b"traced\n"
            with pytest.raises(DumpError), StoppedProcess(target.pid):
                pass
            assert tracer_of(target.pid) == 0
            debugger.stdin.close()
        assert_runs(target.pid)


def test_threads_that_end_while_seized_do_not_linger():
    with hard("storm", 1000) as target:
        before = len(procfs.task_ids(target.pid))
        for _ in range(30):
            with StoppedProcess(target.pid):
                pass
        assert len(procfs.task_ids(target.pid)) < before + 20


def test_wait_statuses():
    assert ptrace.WaitStatus(False, signal.SIGUSR1).pending_signal == signal.SIGUSR1
    assert ptrace.WaitStatus(False, signal.SIGTRAP, ptrace.PTRACE_EVENT_STOP).pending_signal == 0
    assert ptrace.WaitStatus(False, signal.SIGTRAP | 0x80).pending_signal == 0
    assert ptrace.WaitStatus(True).pending_signal == 0


def test_a_thread_that_is_refused_for_a_moment_is_seized_all_the_same(monkeypatch):
    refusals = [PermissionError(errno.EPERM, "just now")] * 2
    seize = ptrace.seize

    def refusing(tid: int) -> None:
        if refusals:
            raise refusals.pop()
        seize(tid)

    monkeypatch.setattr(ptrace, "seize", refusing)
    with markers(2) as target, StoppedProcess(target.pid) as stopped:
        assert len(stopped.threads) == 3
        assert refusals == []


def test_what_does_not_stop_is_busy_and_not_forbidden():
    with markers(1) as target:
        failure = StoppedProcess(target.pid)._nothing_stopped()
        assert failure.hresult == E_TIMEOUT
        assert "very busy" in failure.cause


def test_a_thread_that_stops_late_is_waited_for_while_nothing_stands_still(monkeypatch):
    monkeypatch.setattr(stop, "STOP_DEADLINE", 0.01)
    poll, missed = ptrace.poll, [None] * 40

    def late(tid: int):
        return missed.pop() if missed else poll(tid)

    monkeypatch.setattr(ptrace, "poll", late)
    with ticker(megabytes=1) as target, StoppedProcess(target.pid) as stopped:
        assert stopped.threads
        assert not stopped.problems
