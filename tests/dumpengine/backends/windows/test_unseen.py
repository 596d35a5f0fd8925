"""Programs nobody sees: they have no console, and are who we think they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.windows import needs_windows

pytestmark = [needs_windows, pytest.mark.live]
if sys.platform == "win32":
    from dumpengine.backends.windows.unseen import Unseen

_WHO = "import os, sys; print(os.getpid(), sys.executable, sep='|')"


def test_without_a_console() -> None:
    code = "import ctypes; print(ctypes.WinDLL('kernel32').GetConsoleCP())"
    with Unseen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.communicate()[0].strip() == b"0"


def test_in_a_virtual_environment_it_is_the_interpreter_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter = sys.executable
    launcher = tmp_path / "Scripts" / "python.exe"
    (tmp_path / "pyvenv.cfg").write_text(f"home = {Path(interpreter).parent}\n")
    monkeypatch.setattr(sys, "executable", str(launcher))
    monkeypatch.setattr(sys, "_base_executable", interpreter)
    with Unseen([str(launcher), "-c", _WHO], stdout=subprocess.PIPE) as process:
        pid, executable = process.communicate()[0].decode().strip().split("|")
    assert (int(pid), executable) == (process.pid, str(launcher))
