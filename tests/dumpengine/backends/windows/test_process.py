"""What an open process tells of itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dumpengine.backends.windows import process
from tests.support.windows import needs_windows

pytestmark = needs_windows


@pytest.mark.parametrize(
    ("code", "words"), [(3, "exit code 3"), (0xC0000005, "exit code 0xc0000005")]
)
def test_how_it_ended(code, words):
    program = f"import os, ctypes; input(); ctypes.windll.kernel32.ExitProcess({code})"
    with (
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as child,
        process.open_target(child.pid, 0.0, process.REQUIRED) as target,
    ):
        assert target.running
        assert target.ended is None
        child.communicate(b"\n")
        assert not target.running
        assert target.ended == words
