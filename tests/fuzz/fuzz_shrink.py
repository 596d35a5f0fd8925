"""Make smaller dumps out of mutated ones for as long as one likes.

    python -m tests.fuzz.fuzz_shrink -n 3000 --seed 1

The rules are those of :mod:`tests.fuzz.loop`; what comes out must be whole, and smaller.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.fuzz.loop import fuzz
from tests.support.mutation import shrink_somehow


def main() -> int:
    """Run; return 1 when something broke the rules."""
    with tempfile.TemporaryDirectory() as folder:

        def exercise(data: bytes, random_: random.Random) -> Iterable[Callable[[], object]]:
            return [lambda: shrink_somehow(data, random_, Path(folder))]

        return fuzz("shrink", exercise, 3_000, __doc__)


if __name__ == "__main__":
    sys.exit(main())
