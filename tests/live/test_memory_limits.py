"""A control group without room for a copy: the target is not the one to go."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dumpengine.backends.linux.cgroups import Group, groups_of
from dumpengine.backends.linux.ending import EndWatch
from dumpengine.backends.linux.freeze import Wants, freeze
from dumpengine.backends.linux.held import Tracer
from dumpengine.callbacks import DumpCallback, Phase
from dumpengine.errors import DumpError, ErrorKind
from tests.support.c_targets import hard
from tests.support.capturing import assert_runs
from tests.support.children import needs_root

pytestmark = needs_root
FULL = 2
HELD_MIB = 64
MIB = 1 << 20


@pytest.fixture
def group() -> Iterator[Group]:
    """A memory group of our own, in whichever version the system counts memory."""
    for above in groups_of(os.getpid(), "memory").groups:
        folder = Path(above.folder) / f"dumpdesk-test-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        made = Group(str(folder), above.version)
        if made.number(limit_of(made)[1]) is not None:
            break
        folder.rmdir()
    else:
        pytest.skip("no memory group can be made here")
    yield made
    for _ in range(100):  # it empties a moment after its last process has ended
        try:
            return folder.rmdir()
        except OSError:
            time.sleep(0.05)


def limit_of(group: Group) -> tuple[str, str]:
    version_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes")
    return version_1 if group.version == 1 else ("memory.max", "memory.current")


def put(group: Group, name: str, value: int) -> None:
    Path(group.folder, name).write_text(str(value))


@pytest.fixture
def target(group):
    """A process that holds 64 MiB, alone in its group."""
    with hard("late-touch", HELD_MIB) as running:
        put(group, "cgroup.procs", running.pid)
        running.process.stdin.write(b"\n")
        running.process.stdin.flush()
        assert running.process.stdout.readline() == b"touched\n"
        yield running


@pytest.mark.parametrize("mode", ["snapshot", "auto"])
def test_without_room_it_is_held_still(capture, group, target, mode):
    put(group, limit_of(group)[0], (HELD_MIB + HELD_MIB * 3 // 4) * MIB)
    result, _, _ = capture(target.pid, FULL, mode=mode)
    assert result.mode == "stop"
    assert any("control group" in warning for warning in result.warnings)
    assert_runs(target.pid)


def test_with_room_it_is_copied(capture, group, target):
    put(group, limit_of(group)[0], HELD_MIB * 4 * MIB)
    result, _, _ = capture(target.pid, FULL, mode="snapshot")
    assert result.mode == "snapshot"
    assert_runs(target.pid)


def test_the_copy_goes_first(target):
    before = Path(f"/proc/{target.pid}/oom_score_adj").read_text()
    with (
        Tracer() as tracer,
        closing(EndWatch(target.pid)) as end,
        freeze(target.pid, 0.0, Wants(clone=True), tracer, end) as frozen,
    ):
        assert frozen.cloned
        assert Path(f"/proc/{image_of(target.pid)}/oom_score_adj").read_text() == "1000\n"
        assert Path(f"/proc/{target.pid}/oom_score_adj").read_text() == before
    assert_runs(target.pid)


def test_a_copy_that_is_ended_is_not_taken_for_the_target(capture, target):
    class Ends(DumpCallback):
        def progress(self, progress):
            if progress.phase is Phase.COLLECTING and progress.total:  # all is chosen
                os.kill(image_of(target.pid), signal.SIGKILL)

    with pytest.raises(DumpError, match="copy of the process was ended") as raised:
        capture(target.pid, FULL, mode="snapshot", callback=Ends())
    assert raised.value.kind is ErrorKind.FAILED
    assert_runs(target.pid)


def image_of(pid: int) -> int:
    """The stopped process that runs the same program and is not the target."""
    program = os.readlink(f"/proc/{pid}/exe")
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            same = os.readlink(f"/proc/{number}/exe") == program
            group = Path(f"/proc/{number}/cgroup").read_text()
        except OSError:
            continue
        if same and int(number) != pid and group == Path(f"/proc/{pid}/cgroup").read_text():
            return int(number)
    raise AssertionError("there is no image")
