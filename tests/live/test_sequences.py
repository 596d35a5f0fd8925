"""No update made in a restartable sequence is lost, whichever thread is borrowed."""

from __future__ import annotations

from tests.support.c_targets import compiled, running


def test_no_update_is_lost(capture):
    with running(compiled("sequences"), 3) as target:
        modes = [capture(target.pid, 2, mode="snapshot")[0].mode for _ in range(6)]
        figures = target.ask()
        assert figures["done"] > 0
        assert figures["lost"] == 0
        assert modes == ["snapshot"] * 6  # its last thread waits in a system call
