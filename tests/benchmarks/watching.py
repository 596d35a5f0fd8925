"""What a watch costs, and how soon a crash stands still.

    python tests/benchmarks/watching.py

The ratio to look at: processor time of a watch of 100 processes by name against that of a process
list that is polled as often; and the time from a fault to all threads standing still with their
registers read.
"""

from __future__ import annotations

import select
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from dumpengine.backends.choose import backend
from dumpengine.backends.linux.conversation import Hold
from dumpengine.backends.linux.guard import LinuxGuard
from dumpengine.backends.protocol import Catches, Caught
from dumpengine.processes.listing import ProcessLister, key_of

TARGETS = 100
SECONDS = 20
CRASHES = 20
_FAULT = (
    "import ctypes, sys, time; print(flush=True); sys.stdin.readline(); "
    "print(time.perf_counter(), flush=True); ctypes.string_at(16)"
)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        watching = by_name(Path(folder))
    listing = polled()
    print(f"{TARGETS} targets by name: {watching:.2%} of a processor")
    print(f"a process list, once a second: {listing:.2%}; ratio {watching / listing:.2f}")
    times = sorted(crash_ms() for _ in range(CRASHES))
    print(f"fault to standstill: median {statistics.median(times):.1f} ms, most {times[-1]:.1f} ms")


def by_name(folder: Path) -> float:
    """Return the share of a processor that a watch of many processes takes."""
    program = folder / "dumpdesk-bench"
    shutil.copy(shutil.which("sleep") or "sleep", program)
    targets = [subprocess.Popen([program, "600"]) for _ in range(TARGETS)]
    command = [sys.executable, "-m", "dumpengine", "watch", "--name", program.name]
    words = ["--cpu", "50", "--memory", "2G", "-o", str(folder)]
    try:
        with subprocess.Popen([*command, *words], stdout=subprocess.PIPE) as watch:
            assert watch.stdout is not None
            for _ in targets:
                watch.stdout.readline()
            share = _share(watch.pid)
            watch.send_signal(signal.SIGTERM)
        return share
    finally:
        for target in targets:
            target.kill()
            target.wait()


def _share(pid: int) -> float:
    process = psutil.Process(pid)
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(SECONDS)
    return float((sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began))


def polled() -> float:
    """Return the share that listing all processes once a second takes."""
    lister = ProcessLister()
    lister.poll()
    began = time.process_time()
    for _ in range(5):
        lister.poll()
    return (time.process_time() - began) / 5


def crash_ms() -> float:
    """Return the milliseconds from a fault to all threads standing still, registers read."""
    command = [sys.executable, "-c", _FAULT]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as target:
        assert target.stdin is not None
        assert target.stdout is not None
        target.stdout.readline()
        key = key_of(target.pid)
        guard = backend().guard(key.pid, key.started, Catches(crash=True))
        assert isinstance(guard, LinuxGuard)
        target.stdin.write("\n")
        target.stdin.flush()
        fault = float(target.stdout.readline())
        select.select([guard], [], [])
        assert isinstance(guard.hear(), Caught)
        guard.ask(Hold(key.pid, key.started, clone=False, extended=False))
        took = (time.perf_counter() - fault) * 1000
        guard.ask(None)
        guard.close()
        return took


if __name__ == "__main__":
    main()
