"""``watch``: dump a process when something happens to it."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dumpengine.cli.capturing import CAPTURE, options_of
from dumpengine.cli.command import Argument, Command, Completes, Example
from dumpengine.cli.interrupt import cancel_on_signals
from dumpengine.cli.output import print_failure, print_lines
from dumpengine.cli.shared import JSON
from dumpengine.cli.target import the_one_target
from dumpengine.errors import E_INVALIDARG, DumpError, ErrorKind, unforeseen

if TYPE_CHECKING:
    from dumpengine.watch.conditions import Condition
    from dumpengine.watch.events import Event
    from dumpengine.watch.plan import Plan
    from dumpengine.watch.targets import Targets


def _watch(arguments: Namespace) -> int:
    """Watch until it is over; return 0, 1 when a dump failed, 5 at a limit, 130 when stopped."""
    from dumpengine.watch.events import Failed

    if not arguments.json:
        return _run(arguments)
    try:
        return _run(arguments)
    except Exception as caught:  # whoever reads the lines must be told
        error = unforeseen(caught)
        name = arguments.name or " ".join(arguments.target or arguments.command)
        _print_json(Failed(pid=0, name=name, reasons=(), error=error))
        print_failure(error, as_json=False)
        return error.kind.exit_code


def _run(arguments: Namespace) -> int:
    from dumpengine.watch.targets import Command as Launch
    from dumpengine.watch.watcher import Outcome, Watcher

    plan, targets = _plan(arguments), _targets(arguments)
    watcher = Watcher(plan, targets, _teller(arguments))
    with cancel_on_signals(watcher.stop):
        try:
            outcome = watcher.run()
        finally:
            if isinstance(targets, Launch):
                targets.abandon()
        if isinstance(targets, Launch) and outcome is not Outcome.STOPPED:
            return targets.exit_code()
    codes = {
        Outcome.DONE: 0,
        Outcome.FAILED: ErrorKind.FAILED.exit_code,
        Outcome.LIMIT: ErrorKind.DESTINATION.exit_code,
        Outcome.STOPPED: ErrorKind.CANCELLED.exit_code,
    }
    return codes[outcome]


def _teller(arguments: Namespace) -> Callable[[Event], None]:
    return _print_json if arguments.json else _print


def _plan(arguments: Namespace) -> Plan:
    from dumpengine.watch.plan import Plan

    return Plan(
        conditions=tuple(_conditions(arguments)),
        options=options_of(arguments),
        folder=arguments.output,
        count=arguments.count,
        spacing=arguments.spacing,
        series=arguments.series,
        apart=arguments.apart,
        most_size=arguments.most_size or 0,
        least_free=arguments.least_free or 0,
    )


def _targets(arguments: Namespace) -> Targets:
    from dumpengine.watch.targets import Command as Launch
    from dumpengine.watch.targets import Given, Named, Tree

    given = [bool(each) for each in (arguments.target, arguments.name, arguments.command)]
    if sum(given) > 1:
        raise DumpError(
            E_INVALIDARG,
            "More than one of TARGET, --name and a command was given.",
            "Give one of them.",
        )
    if arguments.tree and not arguments.target:
        raise DumpError(E_INVALIDARG, "--tree goes with a TARGET.", "Give one.")
    if arguments.command:
        return Launch(arguments.command)
    if arguments.name:
        return Named(arguments.name)
    if not arguments.target:
        raise DumpError(
            E_INVALIDARG,
            "Nothing was given to watch.",
            "Give a TARGET, or --name NAME, or a command after --.",
        )
    key = the_one_target(arguments.target)
    return Tree(key) if arguments.tree else Given([key])


def _conditions(arguments: Namespace) -> list[Condition]:
    from dumpengine.backends.vitals import Measure
    from dumpengine.watch.conditions import (
        Above,
        Crashes,
        Every,
        Exits,
        Grows,
        Hangs,
        Line,
        StartsChild,
    )

    makers: dict[str, Callable[[Any], Condition]] = {
        "cpu": lambda percent: Above(Measure.CPU, percent, arguments.lasting),
        "memory": lambda size: Above(Measure.MEMORY, size),
        "grows": lambda size: Grows(size, arguments.within),
        "thread_count": lambda number: Above(Measure.THREADS, number),
        "handles": lambda number: Above(Measure.HANDLES, number),
        "every": Every,
        "hang": Hangs,
        "child": lambda _: StartsChild(),
        "crash": lambda _: Crashes(),
        "crash_first": lambda number: Crashes(first=True, number=number),
        "exit": lambda how: Exits(nonzero=how == "nonzero"),
    }
    given = {name: getattr(arguments, name) for name in makers}
    return [
        *(makers[name](value) for name, value in given.items() if _is_given(value)),
        *(Line(file, pattern) for file, pattern in arguments.log),
    ]


def _is_given(value: object) -> bool:
    return value is not None and value is not False


def _print(event: Event) -> None:
    from dumpengine.watch.events import Failed, Sampled

    if isinstance(event, Sampled):
        return
    if isinstance(event, Failed):
        print(f"dumpengine: {event}", file=sys.stderr)
    else:
        print_lines([str(event)])
    sys.stdout.flush()


def _print_json(event: Event) -> None:
    print(json.dumps(event.to_json()), flush=True)


def _size(text: str) -> int:
    from dumpengine.watch.conditions import read_size

    try:
        return read_size(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 2G or 300M") from None


def _signal(text: str) -> int:
    from dumpengine.watch.conditions import read_signal

    try:
        return read_signal(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no signal such as SEGV or ABRT") from None


def _option(
    name: str, metavar: str, text: str, kind: Callable[[str], Any], **more: Any
) -> Argument:
    return Argument(names=(name,), metavar=metavar, help=text, type=kind, **more)


COMMAND = Command(
    name="watch",
    run=_watch,
    summary="dump a process when something happens to it",
    details=(
        "Several conditions may be given; the dump says in its name and in its comment which were "
        "true. A process that could not be dumped now is not watched at all. Percent are of one "
        "processor: two busy threads take 200. One sample below a threshold starts anew. "
        "After -- comes a command to start and watch; its exit code is then that of the watch. "
        "Ctrl-C ends the watch, and everything runs on."
    ),
    takes_command=True,
    arguments=(
        Argument(
            names=("target",),
            nargs="*",
            metavar="TARGET",
            help="a PID, or a name that only one process bears",
            completes=Completes.PROCESS,
        ),
        Argument(
            names=("--name",),
            metavar="NAME",
            help="all processes that bear a name, those that start later, too",
            completes=Completes.PROCESS,
        ),
        Argument(
            names=("--tree",),
            action="store_true",
            help="TARGET and all that it starts, now or later",
        ),
        _option("--cpu", "PERCENT", "it uses so much processor time, in every sample --for", float),
        _option(
            "--for",
            "S",
            "seconds that --cpu must last (default: 10)",
            float,
            default=10.0,
            dest="lasting",
        ),
        _option("--memory", "SIZE", "its resident memory is so large, such as 2G", _size),
        _option("--grows", "SIZE", "its resident memory grows by so much --within", _size),
        _option("--within", "S", "seconds for --grows (default: 60)", float, default=60.0),
        _option("--threads", "N", "it has so many threads", int, dest="thread_count"),
        _option("--handles", "N", "it has so many files, sockets or handles open", int),
        Argument(
            names=("--log",),
            nargs=2,
            action="append",
            metavar=("FILE", "REGEX"),
            help="a line that matches is added to a file; may be given again",
            completes=Completes.PATH,
        ),
        _option("--every", "S", "every so many seconds", float),
        _option(
            "--hang",
            "S",
            "it makes no progress: waits for a lock that another thread holds, or its main thread "
            "for a file, device or pipe, or a thread goes round in circles (on Linux)",
            float,
        ),
        Argument(
            names=("--child",),
            action="store_true",
            help="it starts a process that is there for a second at least",
        ),
        Argument(
            names=("--crash",),
            action="store_true",
            help="a signal such as SIGSEGV ends it: before it is gone (on Linux)",
        ),
        _option(
            "--crash-first",
            "CODE",
            "a signal such as SIGSEGV, or only CODE, even if it is handled (on Linux)",
            _signal,
            nargs="?",
            const=0,
        ),
        Argument(
            names=("--exit",),
            nargs="?",
            const="any",
            choices=("any", "nonzero"),
            metavar="nonzero",
            help="it ends by itself, or only otherwise than with code 0 (on Linux)",
        ),
        _option("--count", "N", "how often, for each process (default: 1)", int, default=1),
        _option(
            "--spacing",
            "S",
            "seconds between two times at least (default: 10)",
            float,
            default=10.0,
        ),
        _option(
            "--series",
            "N",
            "dumps each time: the first as -t says, then mini (default: 1)",
            int,
            default=1,
        ),
        _option(
            "--apart",
            "S",
            "seconds between the dumps of a series (default: 10)",
            float,
            default=10.0,
        ),
        _option(
            "--most-size", "SIZE", "end when the dumps take so much together", _size, default=0
        ),
        _option("--least-free", "SIZE", "end when no more than this is free", _size),
        Argument(
            names=("-o", "--output"),
            type=Path,
            default=Path(),
            metavar="FOLDER",
            help="where the dumps go (default: this folder)",
            completes=Completes.PATH,
        ),
        *CAPTURE,
        JSON,
    ),
    examples=(
        Example(line="watch 4711 --cpu 80 --for 10", why="when it is busy for ten seconds"),
        Example(line="watch --name shop --memory 2G --count 3", why="all of a name, now or later"),
        Example(line="watch --crash --exit nonzero -- ./shop --port 81", why="from its start on"),
        Example(line="watch 4711 --log /var/log/shop.log 'ERROR.*timeout' -t full"),
    ),
)
