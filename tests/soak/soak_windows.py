"""Is a Windows target's standstill true, and over whatever dies: ``soak_windows.py [-n COUNT]``.

Run by a Windows Python, with DUMPENGINE_DLL (or MS_DBGCORE) naming the DLL. First COUNT full dumps
of a process in which one thread counts: no dump may hold numbers of different moments, and the
target's own clock is compared with the pause told. Then the capturing process, and after that the
one that guards the target, is killed at COUNT random moments each: the target must run. Prints the
figures as it goes and exits with 1 when anything was wrong. Takes some minutes for 100.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["PYTHONPATH"] = os.pathsep.join([sys.path[0], os.environ.get("PYTHONPATH", "")])

from dumpengine.backends.windows import api
from dumpengine.backends.windows.threads import open_thread, suspend_count
from dumpengine.backends.windows.toolhelp import thread_ids
from dumpengine.capture.write_dump import write_dump
from tests.support.windows import Target, target
from tests.support.windows_pair import is_of_one_moment, pair

FULL = 2
CAPTURE = """
import sys
from dumpengine.backends.windows import guard
from dumpengine.capture.write_dump import write_dump
start = guard._start
def start_and_tell():
    started = start()
    print(started.pid if started else 0, flush=True)
    return started
guard._start = start_and_tell
print("ready", flush=True)
for _ in sys.stdin:
    write_dump(int(sys.argv[1]), sys.argv[2], 2, mode="stop", overwrite=True)
    print("done", flush=True)
"""


def soak_moments(folder: Path, count: int) -> list[str]:
    """Dump a counting process ``count`` times; return what went wrong."""
    wrong, differences = [], []
    with pair() as child:
        for number in range(count):
            child.longest_gap()
            result = write_dump(child.pid, folder / "it.dmp", FULL, mode="stop", overwrite=True)
            gap, pause = child.longest_gap(), result.pause_ms
            if pause is None or abs(gap - pause) > max(pause / 5, 5):
                wrong.append(f"dump {number}: stood still for {gap:.1f} ms, told {pause}")
            differences.append(gap - (pause or 0.0))
            counted = child.counted(folder / "it.dmp")
            if not is_of_one_moment(*counted):
                wrong.append(f"dump {number} is torn: {counted}")
    print(
        f"{count} dumps; the target's clock against the pause told: "
        f"median {median(differences):+.1f} ms, {min(differences):+.1f} to {max(differences):+.1f}"
    )
    return wrong


class Capturer:
    """A process that makes a dump for every line it gets."""

    def __init__(self, of: Target, folder: Path) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", CAPTURE, str(of.pid), str(folder / "it.dmp")]
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1)
        self.answer()

    def answer(self) -> str:
        """Wait for its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def begin(self) -> int:
        """Let it make a dump; return the id of the process that guards what it will hold."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        return int(self.answer())


def runs(of: Target) -> bool:
    """Whether all its threads run before long."""
    until = time.monotonic() + 20
    while any(map(_count, thread_ids(of.pid))):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return of.answers()


def _count(tid: int) -> int:
    with open_thread(tid, api.THREAD_QUERY_INFORMATION) as handle:
        return (handle and suspend_count(handle)) or 0


def soak_captures_killed(folder: Path, count: int) -> list[str]:
    """Kill the capturing process at random moments; return what went wrong."""
    wrong, held = [], 0
    with target(threads=6, megabytes=16) as child:
        capturer = Capturer(child, folder)
        began = time.perf_counter()
        capturer.begin()
        capturer.answer()
        took = time.perf_counter() - began
        for number in range(count):
            capturer.begin()
            time.sleep(random.random() * took)
            capturer.process.kill()
            capturer.process.wait()
            held += any(map(_count, thread_ids(child.pid)))
            if not runs(child):
                wrong.append(f"the target stands still after capture {number} was killed")
                break
            capturer = Capturer(child, folder)
        capturer.process.kill()
    print(f"{count} captures of {took * 1e3:.0f} ms killed, {held} of them while they held it")
    return wrong


def soak_guards_killed(folder: Path, count: int) -> list[str]:
    """Kill the guard at random moments; return what went wrong."""
    wrong, killed, number = [], 0, 0
    with target(threads=6, megabytes=16) as child:
        capturer = Capturer(child, folder)
        while killed < count and number < 4 * count and not wrong:
            number += 1
            guard = capturer.begin()
            time.sleep(random.random() * 0.4)
            with suppress(psutil.NoSuchProcess):  # it was not needed and is gone
                psutil.Process(guard).kill()
                killed += 1
            if capturer.answer() != "done":
                wrong.append(f"capture {number} ended with its guard")
            elif not runs(child):
                wrong.append(f"the target stands still after guard {killed} was killed")
        capturer.process.kill()
    print(f"{killed} guards killed in {number} captures")
    return wrong


def main() -> int:
    """Run what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=100, help="how many dumps, and kills of each kind")
    parser.add_argument("only", nargs="?", choices=["moments", "captures", "guards"])
    arguments = parser.parse_args()
    if path := os.environ.get("MS_DBGCORE"):
        os.environ.setdefault("DUMPENGINE_DLL", path)
    kinds = {
        "moments": soak_moments,
        "captures": soak_captures_killed,
        "guards": soak_guards_killed,
    }
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in kinds.items():
            if arguments.only in (None, name):
                wrong += kind(Path(folder), arguments.n)
    for line in wrong:
        print("WRONG:", line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
