"""How long a poll of the process list takes, against psutil asked for the same facts.

python tests/benchmarks/process_list.py [NUMBER OF EXTRA PROCESSES]
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dumpengine.processes.listing import ProcessLister

VOLATILE = ["create_time", "name", "ppid", "status", "cpu_times", "memory_info", "num_threads"]


def milliseconds_per_1000(poll: Callable[[], int], rounds: int = 5) -> float:
    """Return the best of some rounds, scaled to 1,000 processes."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        number = poll()
        best = min(best, (time.perf_counter() - start) / number * 1_000_000)
    return best


def main(extra: int) -> None:
    """Start processes, poll them both ways, print the ratio."""
    children = [subprocess.Popen(["sleep", "600"]) for _ in range(extra)]
    try:
        lister = ProcessLister()
        first = milliseconds_per_1000(lambda: len(lister.poll()), rounds=1)
        ours = milliseconds_per_1000(lambda: len(lister.poll()))
        peer = milliseconds_per_1000(lambda: len(list(psutil.process_iter(VOLATILE))))
        number = len(lister.poll())
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.wait()
    print(f"{number} processes, milliseconds per 1,000:")
    print(f"  first poll {first:.0f}, later polls {ours:.0f}")
    print(f"  psutil, the facts that change only: {peer:.0f} ({peer / ours:.1f} x ours)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
