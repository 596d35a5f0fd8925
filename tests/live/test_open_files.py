"""What a target holds open is free as soon as the target ends, though its image is still copied."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

from dumpengine.callbacks import DumpCallback, Phase, Progress
from dumpengine.capture.write_dump import write_dump

HOLDER = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.flock(file, fcntl.LOCK_EX)
memory = bytearray(b"x") * (64 << 20)
print("held", flush=True)
time.sleep(600)
"""


class KillsWhileItIsCopied(DumpCallback):
    """Ends the target as soon as it runs again, and tries to take its lock."""

    def __init__(self, pid: int, lock: Path) -> None:
        self.pid, self.lock = pid, lock
        self.taken: bool | None = None

    def progress(self, progress: Progress) -> None:
        if progress.phase is Phase.MEMORY and progress.running and self.taken is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            with self.lock.open("w") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self.taken = True
                except BlockingIOError:
                    self.taken = False


def test_a_lock_is_free_at_once(tmp_path):
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE
    ) as target:
        assert target.stdout is not None
        target.stdout.readline()
        killer = KillsWhileItIsCopied(target.pid, lock)
        result = write_dump(target.pid, tmp_path / "a.dmp", 2, callback=killer, mode="snapshot")
        assert result.mode == "snapshot"
        assert killer.taken is True
