"""Frozen or stopped by others at any moment of a capture, the target comes back as it was."""

from __future__ import annotations

import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.c_targets import Target, compiled, running
from tests.support.capturing import children_of
from tests.support.children import needs_root, tracer_of, wait_until

HOLD = 0.7  # seconds: longer than a borrowed thread is waited for
MOUNT = re.compile(r"(?m)^\S+ (\S+) cgroup2 ")


@pytest.fixture
def target() -> Iterator[Target]:
    with running(compiled("whole", "-mavx"), 8) as started:
        yield started


@pytest.fixture
def group(target: Target) -> Iterator[Path]:
    """A control group (v2) of the target's own."""
    mount = MOUNT.search(Path("/proc/mounts").read_text())
    if mount is None:
        pytest.skip("no control groups of version 2 are mounted")
    folder = Path(mount[1]) / f"dumpdesk-{os.getpid()}"
    folder.mkdir()
    (folder / "cgroup.procs").write_text(str(target.pid))
    yield folder
    (folder / "cgroup.freeze").write_text("0")
    target.process.kill()
    wait_until(lambda: removed(folder))


def removed(group: Path) -> bool:
    """Try to remove a group; while its process still ends, that is refused."""
    try:
        group.rmdir()
    except OSError:
        return False
    return True


def disturb(target: Target, delay: float, halt: Callable[[], object], go: Callable[[], object]):
    """Halt the target that long after it is first traced, and let it go on later."""

    def work() -> None:
        end = time.monotonic() + 10
        while not tracer_of(target.pid) and time.monotonic() < end:
            pass
        time.sleep(delay)
        halt()
        time.sleep(HOLD)
        go()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def assert_whole(target: Target) -> None:
    wait_until(lambda: not tracer_of(target.pid) and not children_of(target.pid))
    first = target.ask()
    wait_until(lambda: target.ask()["rounds"] > first["rounds"])
    assert target.ask()["bad"] == 0


@needs_root
@pytest.mark.parametrize("attempt", range(4))
def test_frozen_by_its_control_group(target, group, capture, attempt):
    freeze = group / "cgroup.freeze"
    delay = random.Random(attempt).uniform(0, 0.02)
    thread = disturb(target, delay, lambda: freeze.write_text("1"), lambda: freeze.write_text("0"))
    result, _, _ = capture(target.pid, 2, mode="snapshot")
    thread.join()
    assert result.ok
    assert_whole(target)


@pytest.mark.parametrize("attempt", range(4))
def test_stopped_by_a_signal(target, capture, attempt):
    delay = random.Random(attempt).uniform(0, 0.02)
    thread = disturb(
        target,
        delay,
        lambda: os.kill(target.pid, signal.SIGSTOP),
        lambda: os.kill(target.pid, signal.SIGCONT),
    )
    result, _, _ = capture(target.pid, 2, mode="snapshot")
    thread.join()
    assert result.ok
    assert_whole(target)
