"""Stacks of real Windows processes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from dumpengine import PRESETS, call_stacks
from dumpengine.capture.write_dump import write_dump
from dumpengine.stacks.model import Trust

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(sys.platform != "win32", reason="it needs Windows processes"),
]


def test_a_thread_is_walked_from_the_system_call_to_its_start(tmp_path, monkeypatch):
    if path := os.environ.get("MS_DBGCORE"):
        monkeypatch.setenv("DUMPENGINE_DLL", path)
    child = subprocess.Popen(
        [sys.executable, "-c", "print('ready', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout.readline().strip() == b"ready"
        write_dump(child.pid, tmp_path / "a.dmp", PRESETS["full"].value)
    finally:
        child.kill()
        child.communicate()
    threads = call_stacks(tmp_path / "a.dmp").threads
    main = next(t for t in threads if any("python3" in frame.module for frame in t.frames))
    assert main.frames[-1].function == "RtlUserThreadStart"
    assert "Main" in " ".join(frame.function for frame in main.frames)
    assert {frame.trust for frame in main.frames[1:]} == {Trust.UNWIND_INFO}
