"""Walk the stacks of damaged dumps and programs for as long as one likes.

    python -m tests.fuzz.fuzz_walks -n 20000 --seed 1

Only DumpError may come out; no call may take over a second of processor time.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from dumpengine import PRESETS, write_dump
from tests.support.c_targets import compiled, running
from tests.support.damaged_walks import Seed, programs_of, walk_damaged
from tests.support.samples import NAMES, sample

SECONDS = 1.0


def seeds(folder: Path) -> Iterator[Seed]:
    """Yield whole dumps with their programs: of a small program, and the stored samples."""
    program = compiled("chains", "-fomit-frame-pointer", "-O1")
    for name in ("mini", "heap"):
        path = folder / f"{name}.dmp"
        with running(program) as target:
            write_dump(target.pid, path, PRESETS[name].value, overwrite=True)
        dump = path.read_bytes()
        path.unlink()
        yield Seed(dump, programs_of(dump, [program.parent]))
    yield from (Seed(sample(name), {}) for name in NAMES)


def main() -> int:
    """Run; return 1 when something broke the rules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20_000, help="damaged walks")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    whole = list(seeds(Path("/tmp")))
    failures, slowest, frames, began = 0, 0.0, 0, time.monotonic()
    for number in range(arguments.n):
        random_ = random.Random(f"{arguments.seed}:{number}")
        started = time.process_time()
        try:
            # The first two have programs to damage as well.
            found = walk_damaged(random_.choice(whole[:2] * 4 + whole), random_)
        except Exception as error:  # the point: nothing but DumpError may come out
            print(f"{number}: {type(error).__name__}: {error}", file=sys.stderr)
            failures += 1
            continue
        took = time.process_time() - started
        frames += sum(len(thread.frames) for thread in found.threads) if found else 0
        slowest = max(slowest, took)
        if took > SECONDS:
            print(f"{number}: {took:.2f} s", file=sys.stderr)
            failures += 1
    print(
        f"{arguments.n} walks in {time.monotonic() - began:.0f} s: {failures} failures; "
        f"{frames} frames; slowest call {slowest * 1000:.0f} ms"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
