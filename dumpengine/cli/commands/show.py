"""``show``: what a dump file holds."""

from __future__ import annotations

import io
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from dumpengine.cli.command import Argument, Command, Example
from dumpengine.cli.output import drawn_on, is_terminal, print_json, print_lines
from dumpengine.cli.shared import FILE, JSON, SYMBOLS

if TYPE_CHECKING:
    from dumpengine.read.dump import Dump
    from dumpengine.stacks.model import Stacks

# What `show` prints behind the first page; --all adds the long tables.
_USUAL_DETAILS = ("streams", "threads", "modules")
TABLES = ("threads", "modules", "memory", "handles", "streams")
_ENDLESS = 1 << 16  # columns


def _show(arguments: Namespace) -> int:
    """Print what is in a dump."""
    from rich.console import Console

    from dumpengine.read.dump import open_dump
    from dumpengine.report import describe
    from dumpengine.report.render import render

    with open_dump(arguments.file) as dump:
        description = describe(dump)
        stacks = _stacks(dump, arguments) if arguments.stacks else None
        if arguments.json:
            print_json(description.to_json() | ({"stacks": stacks.to_json()} if stacks else {}))
            return 0
        details = _details(arguments)
        if is_terminal(sys.stdout):
            render(description, Console(file=drawn_on(sys.stdout), highlight=False), details)
        else:
            # In a pipe nothing is folded or filled up: whoever reads it has no window to widen.
            page = Console(file=io.StringIO(), width=_ENDLESS, highlight=False)
            with page.capture() as printed:
                render(description, page, details)
            print_lines(line.rstrip() for line in printed.get().splitlines())
    if stacks:
        _print_stacks(stacks)
    return 0


def _stacks(dump: Dump, arguments: Namespace) -> Stacks:
    from dumpengine.capture.call_stacks import call_stacks

    return call_stacks(dump.snapshot(), symbols=arguments.symbols)


def _print_stacks(stacks: Stacks) -> None:
    from dumpengine.stacks.text import stack_lines

    print()
    print_lines(stack_lines(stacks))


def _details(arguments: Namespace) -> tuple[str, ...]:
    """The tables to print: the ones named, all, none, or the usual."""
    if arguments.all:
        return TABLES
    if arguments.brief or arguments.details:
        return tuple(arguments.details or ())
    return _USUAL_DETAILS


COMMAND = Command(
    name="show",
    run=_show,
    summary="show what is in a dump",
    arguments=(
        FILE,
        Argument(
            names=("--brief",), action="store_true", help="only the first page", excludes="extent"
        ),
        Argument(names=("--all",), action="store_true", help="every table", excludes="extent"),
        *(
            Argument(
                names=(f"--{name}",),
                dest="details",
                action="append_const",
                const=name,
                help=f"the {name}",
            )
            for name in TABLES
        ),
        Argument(
            names=("--stacks",), action="store_true", help="the call stacks, and what they mean"
        ),
        SYMBOLS,
        JSON,
    ),
    examples=(Example(line="show a.dmp", why="what is in it"),),
)
