"""``stacks``: what each thread of a process or a dump is doing."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path

from dumpengine.cli.command import Argument, Command, Completes, Example
from dumpengine.cli.output import print_json, print_lines
from dumpengine.cli.shared import DEBUGINFOD, JSON, SYMBOLS
from dumpengine.cli.target import the_one_target
from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.processes.listing import ProcessKey

_SUFFIXES = (".dmp", ".mdmp", ".core", ".zst")  # which no process is called


def _stacks(arguments: Namespace) -> int:
    """Print the call stacks of a running process or of a dump."""
    from dumpengine.capture.call_stacks import call_stacks
    from dumpengine.stacks.text import stack_lines

    found = call_stacks(
        _target(arguments.target), symbols=arguments.symbols, servers=arguments.debuginfod
    )
    if arguments.threads:
        known = {thread.id for thread in found.threads}
        if missing := [tid for tid in arguments.threads if tid not in known]:
            raise DumpError(
                E_INVALIDARG,
                f"{found.process} ({found.pid}) has no thread {missing[0]}.",
                "Leave out --thread for all of them.",
            )
        found = found.only(arguments.threads)
    if arguments.json:
        print_json(found.to_json())
    else:
        print_lines(stack_lines(found))
    return 0


def _target(words: list[str]) -> ProcessKey | Path:
    """A file is meant by what looks like one and by what is there, a number means a process."""
    if len(words) == 1 and not words[0].isdecimal() and _means_file(words[0]):
        return Path(words[0])
    return the_one_target(words)


def _means_file(word: str) -> bool:
    path = Path(word)
    looks = os.sep in word or "/" in word or path.suffix.lower() in _SUFFIXES
    return looks or (path.exists() and not path.is_dir())


COMMAND = Command(
    name="stacks",
    run=_stacks,
    summary="show what each thread does: call stacks, waits, findings",
    details=(
        "A running process stands still for some milliseconds and nothing is written. "
        "Threads that stand alike are shown once. Each frame that no unwind table vouches for "
        "says how it was found."
    ),
    arguments=(
        Argument(
            names=("target",),
            nargs="+",
            metavar="TARGET|FILE",
            help="a PID, a name that only one process bears, or a dump",
            completes=Completes.PATH,
        ),
        Argument(
            names=("--thread",),
            dest="threads",
            action="append",
            type=int,
            metavar="TID",
            help="only this thread; may be repeated",
        ),
        SYMBOLS,
        DEBUGINFOD,
        JSON,
    ),
    examples=(
        Example(line="stacks 4711", why="what is it doing, and what does it wait for"),
        Example(line="stacks a.dmp --symbols build", why="the same of a dump"),
    ),
)
