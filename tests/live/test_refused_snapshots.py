"""Where a copy of the target would harm it or be untrue, it is held still, and told why."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.c_targets import Target, compiled, hard, running
from tests.support.capturing import children_of, holds
from tests.support.children import SOME_USER, needs_root

WITH_PRIVATE_MEMORY = 0x200
HUGE_PAGES = Path("/proc/sys/vm/nr_hugepages")
ALLOW_ALL = """
prctl = ctypes.CDLL(None).prctl
instruction = (ctypes.c_uint64 * 1)(0x7FFF0000 << 32 | 6)
program = (ctypes.c_uint64 * 2)(1, ctypes.addressof(instruction))
assert prctl(38, 1, 0, 0, 0) == 0 and prctl(22, 2, program) == 0
"""
PREPARED = "import ctypes, os, resource, sys\n{}\nos.execv(sys.argv[1], sys.argv[1:])"


@contextlib.contextmanager
def prepared(preparation: str) -> Iterator[Target]:
    """Run ``ticker`` in a process that was prepared by a line of Python."""
    program = compiled("ticker")
    with running(sys.executable, "-c", PREPARED.format(preparation), program) as target:
        yield target


def assert_held_instead(result, target: Target, pid: int, reason: str) -> None:
    assert result.mode == "stop"
    assert any(reason in warning for warning in result.warnings), result.warnings
    assert children_of(pid) == []
    counts = target.ask()
    assert counts["sigchld"] == 0
    assert counts["eintr"] == 0


def assert_copied_unnoticed(result, target: Target, pid: int) -> None:
    assert result.mode == "snapshot", result.warnings
    assert children_of(pid) == []
    counts = target.ask()
    assert counts["sigchld"] == 0
    assert counts["eintr"] == 0


def test_a_process_that_adopts_orphans_has_none_of_ours(capture):
    with prepared("ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)") as target:
        result, _, _ = capture(target.pid, 2, mode="snapshot")
        assert_copied_unnoticed(result, target, target.pid)


@needs_root
def test_the_first_process_of_a_container_has_no_zombie_of_ours(capture):
    with running("unshare", "--pid", "--fork", "--kill-child", compiled("ticker")) as target:
        (first,) = map(int, children_of(target.pid))
        result, _, _ = capture(first, 2, mode="snapshot")
        assert_copied_unnoticed(result, target, first)


SUPERVISOR = """
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
child = subprocess.Popen(sys.argv[1:])
while (pid := os.wait()[0]) != child.pid:
    print("unknown", pid, flush=True)
"""


def test_a_supervisor_that_adopts_orphans_sees_none_of_ours(capture):
    with running(sys.executable, "-c", SUPERVISOR, compiled("ticker")) as target:
        (child,) = map(int, children_of(target.pid))
        result, _, _ = capture(child, 2, mode="snapshot")
        assert_copied_unnoticed(result, target, child)
        assert children_of(target.pid) == [str(child)]
        os.kill(child, signal.SIGKILL)
        assert target.process.stdout is not None
        assert b"unknown" not in target.process.stdout.read()


@needs_root
@pytest.mark.parametrize("allowed", [3, 4])  # the target's three threads, and the go-between
def test_a_user_with_as_many_processes_as_allowed(capture, allowed):
    limit = f"resource.setrlimit(resource.RLIMIT_NPROC, ({allowed}, {allowed}))"
    with prepared(f"{limit}; os.setresuid({SOME_USER}, {SOME_USER}, {SOME_USER})") as target:
        result, _, _ = capture(target.pid, 2, mode="snapshot")
        assert_held_instead(result, target, target.pid, "refused the copy")


def test_a_seccomp_filter(capture):
    with prepared(ALLOW_ALL) as target:
        result, _, _ = capture(target.pid, 2, mode="snapshot")
        assert_held_instead(result, target, target.pid, "seccomp")


@contextlib.contextmanager
def huge_pages(count: int) -> Iterator[None]:
    """Have the system keep so many huge pages ready."""
    before = HUGE_PAGES.read_text()
    HUGE_PAGES.write_text(str(count))
    try:
        if int(HUGE_PAGES.read_text()) < count:
            pytest.skip("the system has no huge pages to give")
        yield
    finally:
        HUGE_PAGES.write_text(before)


@needs_root
def test_huge_pages_that_may_run_out(capture):
    """A copy would take the last page from the target, or lose its own."""
    with huge_pages(1), hard("huge") as target:
        result, dump, _ = capture(target.pid, WITH_PRIVATE_MEMORY, mode="snapshot")
        assert result.mode == "stop"
        assert any("huge pages" in warning for warning in result.warnings)
        assert holds(dump.snapshot(), target["huge"], "huge")
        assert os.path.exists(f"/proc/{target.pid}")
