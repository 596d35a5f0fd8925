"""What a capture itself needs: the same memory whatever the size of the target."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.c_targets import hard

LIMIT = 128 << 20
CAPTURE = """
import sys
from dumpengine.capture.write_dump import write_dump
write_dump(int(sys.argv[1]), sys.argv[2], 2, mode=sys.argv[3])
"""


def peak_memory(pid: int, mode: str) -> tuple[int, int]:
    """Capture in a process of its own; return the peak resident bytes, and the file's size."""
    memory_disk = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=memory_disk) as folder:
        path = Path(folder) / "x.dmp"
        command = [sys.executable, "-c", CAPTURE, str(pid), str(path), mode]
        # A process's peak is also its parent's at the fork; a small one in between has none.
        program = (
            "import os, resource, subprocess, sys\n"
            "child = subprocess.Popen(sys.argv[1:])\n"
            "_, status, usage = os.wait4(child.pid, 0)\n"
            "print(status, usage.ru_maxrss * 1024)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, *command], capture_output=True, text=True, check=True
        )
        status, peak = map(int, done.stdout.split())
        assert status == 0, done.stderr
        return peak, path.stat().st_size


@pytest.mark.parametrize(
    ("megabytes", "mode"), [(256, "stop"), (256, "snapshot"), (2048, "snapshot")]
)
def test_the_capturing_process_stays_small(megabytes, mode):
    available = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if available < 3 * (megabytes << 20):
        pytest.skip("this machine has too little free memory")
    with hard("touch", megabytes) as target:
        peak, size = peak_memory(target.pid, mode)
    assert size > megabytes << 20
    assert peak <= LIMIT, f"{peak >> 20} MiB"
