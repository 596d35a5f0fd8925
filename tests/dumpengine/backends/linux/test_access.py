"""Why a process cannot be dumped: every reason, on facts made up and on real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from dumpengine.errors import ErrorKind
from tests.support.children import (
    SOME_USER,
    ask_as,
    needs_kernel_threads,
    needs_root,
    python_child,
    zombie,
)

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux's rules")
if sys.platform.startswith("linux"):
    from dumpengine.backends.linux.access import (
        Caller,
        ProcessStatus,
        obstacle_of,
        read_process_status,
        why_not,
    )

ANN, BOB = 1000, 1001


@pytest.fixture
def target():
    """A real child, for the checks that ask the kernel about the process itself."""
    with python_child() as child:
        yield read_process_status(child.pid)


@pytest.fixture
def caller():
    """A caller without privileges, otherwise like us."""
    return replace(Caller.current(), traces_all=False, permitted=(1 << 41) - 1, yama=0)


def label(status: ProcessStatus, caller: Caller) -> str:
    found = obstacle_of(status, caller)
    return found.label if found else ""


def test_own_child_can_be_dumped(target, caller):
    assert obstacle_of(target, caller) is None
    assert why_not(target.pid) is None


def test_ourselves_can_be_dumped():
    assert why_not(os.getpid()) is None


def test_no_such_process():
    found = why_not(2**22 + 1)
    assert found is not None
    assert found.kind is ErrorKind.NO_PROCESS


def test_zombie():
    with zombie() as pid:
        found = why_not(pid)
    assert found is not None
    assert (found.label, found.kind) == ("ended", ErrorKind.NO_PROCESS)
    assert f"({os.getpid()})" in found.sentence


def test_thread_id_names_its_process():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        found = why_not(thread.native_id or 0)
    finally:
        stop.set()
        thread.join()
    assert found is not None
    assert (found.label, found.kind) == ("thread", ErrorKind.USAGE)
    assert str(os.getpid()) in found.sentence


def test_a_process_whose_main_thread_ended_while_others_run_can_be_dumped():
    code = "import _thread\nthreading.Thread(target=time.sleep, args=(60,)).start()\n"
    leave = "print('ready', flush=True)\nctypes.CDLL(None).pthread_exit(None)"
    with python_child(code + leave) as child:
        deadline = threading.Event()
        while read_process_status(child.pid).state != "Z" and not deadline.wait(0.01):
            pass
        assert why_not(child.pid) is None


@needs_kernel_threads
def test_kernel_thread():
    found = why_not(2)
    assert found is not None
    assert found.label == "kernel thread"
    assert found.kind is ErrorKind.ACCESS


@pytest.mark.parametrize("which", [0, 1, 2])
def test_every_user_id_counts(target, caller, which):
    users = [caller.user] * 3
    users[which] = caller.user + 1
    expected = "other user" if which == 0 else "more rights"
    assert label(replace(target, users=tuple(users)), caller) == expected


def test_setgid_program(target, caller):
    groups = (caller.group, caller.group + 1, caller.group + 1)
    assert label(replace(target, groups=groups), caller) == "more rights"


def test_more_capabilities(target, caller):
    caller = replace(caller, permitted=0)
    assert label(replace(target, permitted=1 << 13), caller) == "more rights"
    assert label(replace(target, permitted=0), caller) == ""


def test_cap_sys_ptrace_replaces_the_rest(target, caller):
    caller = replace(caller, traces_all=True, permitted=0, yama=2)
    other = replace(target, users=(ANN, BOB, BOB), groups=(1, 2, 3), permitted=1 << 13)
    assert label(other, caller) == ""


@pytest.mark.parametrize(("scope", "expected"), [(0, ""), (1, ""), (2, "forbidden here")])
def test_yama_on_a_child_of_ours(target, caller, scope, expected):
    assert label(target, replace(caller, yama=scope)) == expected


def test_yama_1_allows_only_descendants(target, caller):
    stranger = replace(caller, yama=1, pid=caller.pid + 1)
    found = obstacle_of(target, stranger)
    assert found is not None
    assert "ptrace_scope is 1" in found.sentence
    assert not found.certain
    assert "sudo" in found.remedy


def test_yama_3_forbids_even_administrators(target, caller):
    assert label(target, replace(caller, yama=3, traces_all=True)) == "forbidden here"


def test_traced_names_the_tracer(target, caller):
    comm = read_process_status(os.getppid()).name
    found = obstacle_of(replace(target, tracer=os.getppid()), caller)
    assert found is not None
    assert found.label == f"traced by {comm}"
    assert f"{comm} ({os.getppid()})" in found.sentence


def test_the_first_reason_wins(target, caller):
    both = replace(target, users=(caller.user + 1,) * 3, tracer=os.getppid())
    assert label(both, replace(caller, yama=1, pid=1)) == "other user"


def test_failure_of_a_capture_says_the_same(target, caller):
    found = obstacle_of(replace(target, tracer=os.getppid()), caller)
    assert found is not None
    error = found.to_error(target.pid)
    assert (error.cause, error.remedy) == (found.sentence, found.remedy)
    assert (error.hresult, error.pid) == (0x80070005, target.pid)
    assert error.kind.exit_code == 3


@needs_root
def test_live_process_of_another_user():
    with python_child() as child:
        answer = ask_as(SOME_USER, f"dataclasses.astuple(access.why_not({child.pid}))[:2]")
    assert answer[0] == "other user"
    assert "root" in answer[1]


@needs_root
def test_live_process_of_the_same_user():
    with python_child(user=SOME_USER) as child:
        assert ask_as(SOME_USER, f"access.why_not({child.pid})") is None


@needs_root
def test_live_process_that_is_not_dumpable():
    with python_child("ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)", user=SOME_USER) as child:
        assert ask_as(SOME_USER, f"access.why_not({child.pid}).label") == "protected"
        assert why_not(child.pid) is None  # root may


@needs_root
def test_live_process_outside_our_user_namespace():
    unshare = "ctypes.CDLL(None).unshare(0x10000000)"
    if subprocess.run(
        [sys.executable, "-c", f"import ctypes, sys; sys.exit({unshare})"]
    ).returncode:
        pytest.skip("user namespaces are switched off here")
    with python_child(user=SOME_USER) as child:
        pid = child.pid
        assert ask_as(SOME_USER, f"access.why_not({pid}).label", before=unshare) == "isolated"


def test_live_tracer_is_named():
    with python_child() as child:
        seize = f"assert ctypes.CDLL(None).ptrace(0x4206, {child.pid}, 0, 0) == 0"
        with python_child(seize) as tracer:
            found = why_not(child.pid)
    assert found is not None
    assert f"({tracer.pid})" in found.sentence
