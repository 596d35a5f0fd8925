"""What decodes an interpreter's frames is loaded for processes that run one, before the stop."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.children import python_child

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads procfs")

CAPTURE = """
import sys
from dumpengine.callbacks import DumpCallback, Phase
from dumpengine.capture.write_dump import write_dump

class Looks(DumpCallback):
    def progress(self, progress):
        if progress.phase is Phase.COLLECTING:
            print("dumpengine.stacks.python.frames" in sys.modules)

write_dump(int(sys.argv[1]), sys.argv[2], callback=Looks())
"""


def loaded_when_it_stands(pid: int, path: object) -> str:
    command = [sys.executable, "-c", CAPTURE, str(pid), str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[0]


def test_for_a_python(tmp_path):
    with python_child() as child:
        assert loaded_when_it_stands(child.pid, tmp_path / "a.dmp") == "True"


def test_for_nothing_else(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as child:
        assert loaded_when_it_stands(child.pid, tmp_path / "a.dmp") == "False"
        child.kill()
