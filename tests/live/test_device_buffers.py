"""Memory that devices write, or that its process answers for, is not copied on write."""

from __future__ import annotations

import os

import pytest

from tests.support.c_targets import compiled, running
from tests.support.capturing import assert_runs, children_of

FULL = 2
BLOCK = 64 << 10


@pytest.fixture
def blocks(tmp_path):
    path = tmp_path / "blocks"
    path.write_bytes(b"".join(bytes([number + 1]) * BLOCK for number in range(16)))
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_DIRECT))
    except OSError:
        pytest.skip("this file system has no O_DIRECT")
    return path


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("direct", "O_DIRECT"),
        ("aio", "AIO"),
        ("uring", "io_uring"),
        ("faults", "userfaultfd"),
        ("faults-only", "userfaultfd"),
    ],
)
def test_it_is_held_still_and_told_why(capture, blocks, what, reason):
    with running(compiled("devices"), what, blocks) as target:
        for mode in ("snapshot", "auto"):
            result, _, _ = capture(target.pid, FULL, mode=mode)
            assert result.mode == "stop"
        result, _, _ = capture(target.pid, FULL, mode="snapshot")
        assert any(reason in warning for warning in result.warnings), result.warnings
        assert result.pause_ms < 1000  # a copy would wait for the answer about its memory
        assert children_of(target.pid) == []
        assert target.ask()["wrong"] == 0
        assert_runs(target.pid, "SRD")


def test_memory_that_another_process_answers_for(capture):
    with running(compiled("devices"), "faults-apart") as target:
        result, _, _ = capture(target.pid, FULL, mode="snapshot")
        assert result.mode == "stop"
        assert any("userfaultfd" in warning for warning in result.warnings), result.warnings
        assert result.pause_ms < 1000
        assert len(os.listdir(f"/proc/{target.pid}/task")) == 1


@pytest.mark.parametrize("what", ["written", "uring-empty"])
def test_what_loses_nothing_by_a_copy_is_copied(capture, blocks, what):
    with running(compiled("devices"), what, blocks) as target:
        result, _, _ = capture(target.pid, FULL, mode="snapshot")
        assert result.mode == "snapshot"
        assert_runs(target.pid)


@pytest.mark.parametrize("mode", ["snapshot", "stop"])
def test_every_byte_that_a_device_reads_arrives(capture, blocks, mode):
    with running(compiled("devices"), "direct", blocks) as target:
        for _ in range(8):
            capture(target.pid, FULL, mode=mode)
        figures = target.ask()
    assert figures["reads"] > 0
    assert figures["wrong"] == 0
