"""A program that executes another one while its image is copied keeps no child of ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from dumpengine.callbacks import DumpCallback, Phase, Progress
from dumpengine.capture.write_dump import write_dump
from tests.support.capturing import assert_runs
from tests.support.children import wait_until

EXECUTES = """
import os, signal, time
signal.signal(signal.SIGUSR1, lambda *_: os.execv("/bin/sleep", ["sleep", "600"]))
memory = bytearray(b"x") * (32 << 20)
print("ready", flush=True)
while True:
    time.sleep(600)
"""


class ExecutesWhileItIsCopied(DumpCallback):
    """Has the target execute another program as soon as it runs again."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.asked = False

    def progress(self, progress: Progress) -> None:
        if progress.phase is Phase.MEMORY and progress.running and not self.asked:
            self.asked = True
            os.kill(self.pid, signal.SIGUSR1)
            wait_until(lambda: Path(f"/proc/{self.pid}/comm").read_text() == "sleep\n")


def test_the_new_program_has_no_child(tmp_path):
    with subprocess.Popen([sys.executable, "-c", EXECUTES], stdout=subprocess.PIPE) as target:
        assert target.stdout is not None
        target.stdout.readline()
        callback = ExecutesWhileItIsCopied(target.pid)
        result = write_dump(target.pid, tmp_path / "a.dmp", 2, callback=callback, mode="snapshot")
        assert (result.mode, callback.asked) == ("snapshot", True)
        assert_runs(target.pid)  # without children, too
        target.kill()
