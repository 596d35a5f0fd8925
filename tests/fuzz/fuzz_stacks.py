"""Look at the stacks in mutated dumps for as long as one likes: walk, waits, scripts, findings.

    python -m tests.fuzz.fuzz_stacks -n 20000 --seed 1

Only DumpError may come out, and no look may take over a second of processor time.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from dumpengine.errors import DumpError
from dumpengine.read.dump import read_dump
from dumpengine.stacks.files import Files
from dumpengine.stacks.look import look
from dumpengine.stacks.model import Stacks
from tests.support.mutation import mutated
from tests.support.samples import NAMES, sample
from tests.support.waiting_dump import waiting_dump

SECONDS = 1.0


def seeds() -> list[bytes]:
    """The dumps to damage; ours as often as all others together."""
    others = [sample(name) for name in NAMES]
    return others + [waiting_dump()] * len(others)


def look_at(data: bytes) -> Stacks | None:
    """Return the stacks of a dump, None when it cannot be read at all."""
    try:
        return look(read_dump(data).snapshot(), Files())
    except DumpError:
        return None


def main() -> int:
    """Run; return 1 when something broke the rules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=20_000, help="mutated files")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    dumps, slowest, failures, read = seeds(), 0.0, 0, 0
    for number in range(arguments.n):
        random_ = random.Random(f"{arguments.seed}:{number}")
        data = mutated(random_.choice(dumps), random_)
        started = time.process_time()
        try:
            read += look_at(data) is not None
        except Exception as error:  # the point: nothing but DumpError may come out
            print(f"file {number}: {type(error).__name__}: {error}", file=sys.stderr)
            failures += 1
        took = time.process_time() - started
        slowest = max(slowest, took)
        if took > SECONDS:
            print(f"file {number}: {took:.2f} s", file=sys.stderr)
            failures += 1
    print(
        f"{arguments.n} files, {read} readable: {failures} failures; "
        f"slowest look {slowest * 1000:.0f} ms"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
