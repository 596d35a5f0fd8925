"""Feed mutated dumps to the reader for as long as one likes.

    python -m tests.fuzz.fuzz_reader -n 60000 --seed 1

The rules are those of :mod:`tests.fuzz.loop`.
"""

from __future__ import annotations

import sys

from tests.fuzz.loop import fuzz
from tests.support.mutation import exercise

if __name__ == "__main__":
    sys.exit(fuzz("reader", lambda data, _: exercise(data), 60_000, __doc__))
