"""Output that nobody can take, and an interruption before anything has begun."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.children import python_child

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not Path("/dev/full").exists(), reason="needs /dev/full"
)

PROGRAM = [sys.executable, "-m", "dumpengine"]


def shell(line: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``line`` in a shell, in which the program is "$@"."""
    command = ["bash", "-c", f"set -o pipefail; {line}", "bash", *PROGRAM, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_full_place_is_said_as_such():
    done = shell('"$@" >/dev/full', "types")
    assert done.returncode == 1
    assert done.stderr.startswith("dumpengine: What it prints cannot be written: No space left")


def test_a_closed_stdout_is_nobodys_wish_to_read():
    done = shell('"$@" >&-', "types")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("how", ["-q", "--json"])
def test_a_dump_whose_report_is_lost_is_said_to_be_written(tmp_path, how):
    path = tmp_path / "a.dmp"
    with python_child() as child:
        done = shell('"$@" >/dev/full', "dump", str(child.pid), "-o", str(path), how)
    assert done.returncode == 1
    assert done.stderr.startswith(f"dumpengine: The dump is written to {path}. ")
    assert path.read_bytes()[:4] == b"MDMP"


def test_a_capture_goes_on_when_nobody_reads_its_progress(tmp_path):
    path = tmp_path / "a.dmp"
    with python_child() as child:
        reading, writing = os.pipe()
        os.close(reading)
        words = [*PROGRAM, "dump", str(child.pid), "-o", str(path), "--overwrite"]
        done = subprocess.run(words, stderr=writing, stdout=subprocess.PIPE, check=False)
        os.close(writing)
    assert done.returncode == 0
    assert path.read_bytes()[:4] == b"MDMP"


def test_an_interruption_while_it_loads_is_a_cancel():
    """As Ctrl-C in the first moments: wherever an import is, nobody sees a traceback."""
    code = (
        "import builtins, sys\n"
        "from dumpengine.cli import main\n"
        "real, left = builtins.__import__, [1]\n"
        "def interrupted(name, *rest):\n"
        "    if left and name == 'dumpengine.cli.running':\n"
        "        left.pop()\n"
        "        raise KeyboardInterrupt\n"
        "    return real(name, *rest)\n"
        "builtins.__import__ = interrupted\n"
        "sys.exit(main(['list']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 130
    assert done.stderr.startswith("dumpengine: ")
    assert "Traceback" not in done.stderr
