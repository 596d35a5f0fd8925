"""What the first and the last dump of a series tell together."""

from __future__ import annotations

from pathlib import Path

from dumpengine.capture.call_stacks import call_stacks
from dumpengine.read.dump import open_dump
from dumpengine.snapshot import VmCounters
from dumpengine.stacks.two_looks import did_not_move
from dumpengine.text import size_text


def compared(first: Path, last: Path) -> str:
    """Return a sentence: "57 of 60 threads did not move, memory grew by 310 MB."; raises DumpError.

    A thread that did not move has the same frames in both and used no processor time in between.
    """
    before, after = call_stacks(first), call_stacks(last)
    still, threads = len(did_not_move(before, after)), len(after.threads)
    moved = f"{still} of {threads} threads did not move"
    change = _memory(last) - _memory(first)
    if not change:
        return f"{moved}."
    verb = "grew" if change > 0 else "fell"
    return f"{moved}, memory {verb} by {size_text(abs(change))}."


def _memory(path: Path) -> int:
    with open_dump(path) as dump:
        counters = dump.snapshot().process.counters
    return counters.working_set if isinstance(counters, VmCounters) else 0
