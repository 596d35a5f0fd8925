"""A process that serves a file system (FUSE) is not dumped onto it: it could not take the dump."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dumpengine.backends.linux import fuse
from dumpengine.capture.write_dump import write_dump
from dumpengine.errors import DumpError, ErrorKind
from tests.support.c_targets import Target, compiled, markers, running
from tests.support.capturing import assert_runs
from tests.support.children import needs_root, tracer_of, wait_until

pytestmark = needs_root
FULL = 2


@contextlib.contextmanager
def serving(folder: Path, *how: str) -> Iterator[Target]:
    """Run a process that serves ``folder``."""
    folder.mkdir()
    with running(compiled("served"), folder, *how) as target:
        if "unsupported" in target.values:
            pytest.skip("no file system can be mounted here")
        try:
            yield target
        finally:
            subprocess.run(["umount", "-l", folder], check=False)


@pytest.fixture
def served(tmp_path) -> Iterator[tuple[Target, Path]]:
    """A process and the folder it serves."""
    folder = tmp_path / "served"
    with serving(folder) as target:
        yield target, folder


@pytest.mark.parametrize("mode", ["stop", "snapshot", "auto"])
def test_it_is_refused_with_cause_and_remedy(served, mode):
    target, folder = served
    with pytest.raises(DumpError) as raised:
        write_dump(target.pid, folder / "own.dmp", FULL, mode=mode)
    assert raised.value.kind is ErrorKind.DESTINATION
    assert f"Process {target.pid} itself serves" in raised.value.cause
    assert "another file system" in raised.value.remedy
    assert_runs(target.pid)


def test_into_a_file_that_is_open(served):
    target, folder = served
    fd = os.open(folder / "own.dmp", os.O_RDWR | os.O_CREAT)
    try:
        with pytest.raises(DumpError, match="itself serves"):
            write_dump(target.pid, fd, FULL, mode="stop")
    finally:
        os.close(fd)


def test_others_are_dumped_there_and_it_elsewhere(served, capture, tmp_path):
    target, folder = served
    result, _, _ = capture(target.pid, FULL, mode="stop")
    assert result.ok
    with markers() as other, open(folder / "x", "wb") as there, open(tmp_path / "y", "wb") as here:
        assert fuse.serves(target.pid, there.fileno())
        assert not fuse.serves(other.pid, there.fileno())
        assert not fuse.serves(target.pid, here.fileno())


def test_an_older_kernel_does_not_tell_which_it_serves(served, monkeypatch):
    target, folder = served
    with open(folder / "x", "wb") as there:
        monkeypatch.setattr(fuse, "_CONNECTION", fuse.re.compile(rb"never"))
        assert fuse.serves(target.pid, there.fileno())


HANGING = """
import os, sys
from dumpengine.capture.write_dump import write_dump
from dumpengine.write import area

area.IN_RAM = 0  # straight to its place, while the target stands still
fd = os.open(sys.argv[2], os.O_RDWR | os.O_CREAT)
write_dump(int(sys.argv[1]), fd, 2, mode="stop")
"""


def test_whoever_hangs_in_the_kernel_and_is_killed_gives_the_target_back(tmp_path):
    """A server has taken what was written and does not answer: not even SIGKILL ends the wait."""
    folder = tmp_path / "hanging"
    with serving(folder, "hangs"), markers() as target:
        command = [sys.executable, "-c", HANGING, str(target.pid), str(folder / "x")]
        with subprocess.Popen(command) as dumper:
            try:
                wait_until(lambda: tracer_of(target.pid) and waits_for_an_answer(dumper.pid))
                dumper.kill()
                wait_until(lambda: tracer_of(target.pid) == 0, 3)
                assert state(dumper.pid) == "D"
                assert_runs(target.pid)
            finally:
                subprocess.run(["umount", "-f", folder], check=False)  # it can notice now


def waits_for_an_answer(pid: int) -> bool:
    return "request_wait_answer" in Path(f"/proc/{pid}/wchan").read_text()


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
