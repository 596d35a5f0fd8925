"""Whoever of us is killed, and whenever: the target goes on as it was."""

from __future__ import annotations

import subprocess
import sys

from tests.support.c_targets import compiled, running


def test_killed_before_every_single_request():
    with running(compiled("whole", "-mavx"), 16) as target:
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.dying_tracer", str(target.pid)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) > 30
        first = target.ask()
        assert first["bad"] == 0
        assert target.ask()["rounds"] > first["rounds"]
