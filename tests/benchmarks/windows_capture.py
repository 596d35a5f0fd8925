"""Windows: what our I/O callback costs, how soon a cancel is obeyed, what a killed helper leaves.

    python tests/benchmarks/windows_capture.py [--mebibytes 1024] [--rounds 5] [--kills 20]

A Windows Python runs it. One target is dumped whole by MiniDumpWriteDump into a file handle, and by
:func:`dumpengine.write_dump`, which takes the writing over, in turn; printed is the ratio of the
best times. Then a capture through the helper is cancelled in each round, and the helper is killed
at random moments; after each the target must answer and the folder be empty.
"""

from __future__ import annotations

import argparse
import msvcrt
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dumpengine.options import CaptureOptions

sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil

from dumpengine import CaptureRequest, HelperCapture, MinidumpType, Progress, key_of, write_dump
from dumpengine.backends.windows import dll, process
from tests.support.windows import Target, target

FULL = MinidumpType.WithFullMemory


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kills", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "it.dmp"
        with target(megabytes=asked.mebibytes) as child:
            compare(child, place, asked.rounds)
            took = [cancel(child, place) for _ in range(asked.rounds)]
            print(f"cancel      {min(took):.3f} - {max(took):.3f} s until everything has ended")
            wrong = [problem for _ in range(asked.kills) if (problem := kill(child, place))]
            print(f"kill        {asked.kills} times, {len(wrong)} wrong {wrong or ''}")


def compare(child: Target, place: Path, rounds: int) -> None:
    """Dump in turn through a file handle and through our callback; print both and the ratio."""
    ways: dict[str, Callable[[int, Path], None]] = {"hFile": directly, "callback": through_us}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way(child.pid, place)
            took[name].append(time.perf_counter() - began)
            place.unlink()
    for name, seconds in took.items():
        print(f"{name:<11} {' '.join(f'{each:.3f}' for each in sorted(seconds))} s")
    print(f"ratio       {min(took['callback']) / min(took['hFile']):.2f} of the best")


def directly(pid: int, place: Path) -> None:
    """The call as its page describes it, with nothing but a file."""
    with place.open("wb") as file, process.open_target(pid, 0.0, process.REQUIRED) as opened:
        handle = msvcrt.get_osfhandle(file.fileno())
        done = dll.choose().write_dump(opened.handle, pid, handle, int(FULL), None, None, None)
    if not done:
        sys.exit("MiniDumpWriteDump failed")


def through_us(pid: int, place: Path) -> None:
    """The whole front door: estimate, guard, callbacks, verification."""
    write_dump(pid, place, CaptureOptions(dump_type=FULL))


def cancel(child: Target, place: Path) -> float:
    """Cancel a capture in the middle; return the seconds until it has ended."""
    asked_at = 0.0

    def watch(progress: Progress) -> None:
        nonlocal asked_at
        if progress.total and progress.done > progress.total // 3 and not asked_at:
            asked_at = time.perf_counter()
            capture.cancel()

    capture = HelperCapture(
        CaptureRequest(
            key=key_of(child.pid), name="it", path=place, options=CaptureOptions(dump_type=FULL)
        )
    )
    result = capture.run(watch)
    took = time.perf_counter() - asked_at
    if result.ok or not asked_at or (problem := harmed(child, place)):
        sys.exit(f"the cancel did not work: {result} {problem}")
    return took


def kill(child: Target, place: Path) -> str:
    """Kill the helper at some moment; return what is wrong afterwards."""
    capture = HelperCapture(
        CaptureRequest(
            key=key_of(child.pid), name="it", path=place, options=CaptureOptions(dump_type=FULL)
        )
    )
    with killer(random.uniform(0.0, 4.0)):
        result = capture.run()
    if result.ok:
        place.unlink()
    return harmed(child, place)


@contextmanager
def killer(delay: float) -> Iterator[None]:
    """Inside the block, end the helper after so many seconds."""
    before = {child.pid for child in psutil.Process().children()}

    def strike() -> None:
        for found in psutil.Process().children():
            if found.pid not in before:
                found.kill()

    timer = threading.Timer(delay, strike)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def harmed(child: Target, place: Path) -> str:
    """Return what a capture left: a file, or a target that stands still; empty if nothing."""
    if left := os.listdir(place.parent):
        return f"left {left}"
    answered = threading.Event()
    threading.Thread(target=lambda: child.answers() and answered.set(), daemon=True).start()
    return "" if answered.wait(10) else "the target stands still"


if __name__ == "__main__":
    main()
