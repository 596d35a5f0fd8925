"""The loop of the fuzzers: mutated dumps, and the rules that whatever reads them keeps.

Only DumpError may come out; no call may take over a second of processor time or, looked at every
50th file, more than 256 MiB. What breaks that is written to a file, to be looked at and made into
a test.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path

from dumpengine.errors import DumpError
from tests.support.mutation import mutated
from tests.support.samples import NAMES, sample
from tests.support.synth import small_dump

SECONDS = 1.0
BYTES = 256 << 20
_MEASURED_EVERY = 50

# Makes calls out of a file's bytes; each may raise DumpError.
Exercise = Callable[[bytes, random.Random], Iterable[Callable[[], object]]]


def fuzz(name: str, exercise: Exercise, files: int, description: str) -> int:
    """Run as the command line says; return 1 when something broke the rules.

    ``files`` is how many there are when it does not say.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("-n", type=int, default=files, help="mutated files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("tests/artefacts"), help="for failures")
    arguments = parser.parse_args()
    seeds = [small_dump().build(), *map(sample, NAMES)]
    failures, slowest, largest, began = 0, 0.0, 0, time.monotonic()
    for number in range(arguments.n):
        random_ = random.Random(f"{arguments.seed}:{number}")
        data = mutated(random_.choice(seeds), random_)
        measured = number % _MEASURED_EVERY == 0
        try:
            took, used = _run(exercise(data, random_), measured)
        except Exception as error:  # the point: nothing but DumpError may come out
            print(f"file {number}: {type(error).__name__}: {error}", file=sys.stderr)
            failures += _keep(arguments.keep, f"{name}-{number}", data)
            continue
        slowest, largest = max(slowest, took), max(largest, used)
        if took > SECONDS or used > BYTES:
            print(f"file {number}: {took:.2f} s, {used} bytes", file=sys.stderr)
            failures += _keep(arguments.keep, f"{name}-{number}", data)
    print(
        f"{arguments.n} files in {time.monotonic() - began:.0f} s: {failures} failures; "
        f"slowest call {slowest * 1000:.0f} ms, most memory {largest / 1e6:.1f} MB"
    )
    return 1 if failures else 0


def _run(calls: Iterable[Callable[[], object]], measured: bool) -> tuple[float, int]:
    """Return the slowest call's seconds and, when measured, the largest one's bytes."""
    slowest, largest = 0.0, 0
    for call in calls:
        if measured:
            tracemalloc.start()
        began = time.process_time()
        try:
            call()
        except DumpError:
            pass
        finally:
            took = time.process_time() - began
            if measured:
                largest = max(largest, tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
        slowest = max(slowest, 0.0 if measured else took)
    return slowest, largest


def _keep(folder: Path, name: str, data: bytes) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.bin").write_bytes(data)
    return 1
