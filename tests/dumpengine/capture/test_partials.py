"""Partial files go when their writer has died, not before, and nobody else's go with them."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from dumpengine.capture import partials
from dumpengine.capture.output import OutputFile
from dumpengine.capture.partials import create_partial, lock, partial_name, sweep_partials
from dumpengine.errors import DumpError, ErrorKind

has_locks = pytest.mark.skipif(not partials.HAS_LOCKS, reason="Windows removes no open file")

# Dies in the moment in which the new file has a name and the old one is not replaced yet.
DYING = """
import os, signal, sys
from pathlib import Path
from dumpengine.capture.output import OutputFile

os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
output = OutputFile(Path(sys.argv[1]), overwrite=True)
output.publish()
"""


@has_locks
def test_what_a_killed_writer_left_goes_with_the_next_dump(tmp_path):
    path = tmp_path / "x.dmp"
    path.write_bytes(b"old")
    subprocess.run([sys.executable, "-c", DYING, path])
    assert len(os.listdir(tmp_path)) == 2
    OutputFile(tmp_path / "y.dmp").discard()
    assert os.listdir(tmp_path) == ["x.dmp"]
    assert path.read_bytes() == b"old"


def test_what_is_being_written_stays(tmp_path):
    fd, partial = create_partial(tmp_path / "x.dmp", 0o600)
    sweep_partials(tmp_path)
    assert partial.exists()
    os.close(fd)
    sweep_partials(tmp_path)
    assert not partial.exists()


def test_a_file_system_that_loses_what_was_made_is_given_up(tmp_path, monkeypatch):
    """A network file system said "not found" right after each create: 54,544 files were made."""
    monkeypatch.setattr(os.path, "lexists", lambda _path: False)
    with pytest.raises(DumpError, match="not there a moment later") as raised:
        create_partial(tmp_path / "x.dmp", 0o600)
    assert raised.value.kind is ErrorKind.DESTINATION
    monkeypatch.undo()
    assert os.listdir(tmp_path) == []


def test_files_of_others_stay(tmp_path):
    names = {".b.partial", ".a.dmp.1.partial", "c.12345678.partial", "d.dmp"}
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    sweep_partials(tmp_path)
    assert set(os.listdir(tmp_path)) == names


@has_locks
def test_a_link_leads_to_nothing_that_is_removed(tmp_path):
    (tmp_path / "precious").write_bytes(b"x")
    partial_name(tmp_path / "x.dmp").symlink_to(tmp_path / "precious")
    sweep_partials(tmp_path)
    assert (tmp_path / "precious").exists()


@has_locks
@pytest.mark.parametrize("days", [0, 2])
def test_without_locks_only_old_ones_go(tmp_path, monkeypatch, days):
    fd, partial = create_partial(tmp_path / "x.dmp", 0o600)
    os.close(fd)
    then = time.time() - days * 24 * 3600
    os.utime(partial, (then, then))

    def unsupported(fd, operation):
        raise OSError

    monkeypatch.setattr(partials.fcntl, "flock", unsupported)
    sweep_partials(tmp_path)
    assert partial.exists() == (days == 0)


@has_locks
def test_one_that_is_swept_before_it_is_locked_is_made_anew(tmp_path, monkeypatch):
    swept = []

    def late(fd):
        if not swept:
            (name,) = os.listdir(tmp_path)
            swept.append(tmp_path / name)
            swept[0].unlink()
        return lock(fd)

    monkeypatch.setattr(partials, "lock", late)
    fd, partial = create_partial(tmp_path / "x.dmp", 0o600)
    os.close(fd)
    assert partial.exists()
    assert partial != swept[0]


def test_a_folder_that_is_not_there_is_no_error(tmp_path):
    sweep_partials(tmp_path / "missing")
