"""``list``: the processes there are."""

from __future__ import annotations

import os
import shutil
import sys
import time
from argparse import Namespace
from datetime import datetime
from typing import Any

from dumpengine.cli.command import Argument, Command, Example
from dumpengine.cli.output import columns, is_terminal, print_json, print_lines
from dumpengine.cli.shared import JSON
from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.processes.listing import ProcessLister, ProcessRow
from dumpengine.processes.search import ROWS, Query, parse_search
from dumpengine.text import size_text

# Processor use is a difference: long enough to count in the kernel's ticks of 10 ms, short
# enough not to be waited for.
_CPU_INTERVAL = 0.2

_HEADINGS = (
    "PID",
    "NAME",
    "USER",
    "CPU",
    "MEMORY",
    "THREADS",
    "ARCH",
    "STARTED",
    "STATE",
    "COMMAND",
)
_NUMBERS = frozenset({0, 3, 4, 5})
_UNKNOWN = "-"


def _list(arguments: Namespace) -> int:
    """Print the processes, by id."""
    query = _query(" ".join(arguments.text))
    lister = ProcessLister()
    lister.poll()
    time.sleep(_CPU_INTERVAL)
    others = (row for row in lister.poll() if row.key.pid != os.getpid())
    found = [row for row in others if query.matches(row)]
    rows = [row for row in found if arguments.all or _shown(row)]
    if arguments.json:
        print_json([_row_json(row) for row in rows])
        return 0
    width = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
    print_lines(columns([_HEADINGS, *map(_cells, rows)], _NUMBERS, width))
    if hidden := len(found) - len(rows):
        print(
            f"{len(rows)} of {len(found)} shown; --all also shows kernel threads and what you "
            "cannot dump.",
            file=sys.stderr,
        )
    return 0 if rows or hidden or not query.text else _nothing_found(query.text)


def _nothing_found(text: str) -> int:
    print(f"No process has {text!r} in its name, id, user or command.", file=sys.stderr)
    return 0


def _shown(row: ProcessRow) -> bool:
    return not row.kernel and (row.mine or row.dumpable)


def _query(text: str) -> Query[ProcessRow]:
    query = parse_search(text, ROWS)
    if query.problem:
        raise DumpError(E_INVALIDARG, query.problem, "Put quotes around what is only a word.")
    return query


def _cells(row: ProcessRow) -> tuple[str, ...]:
    return (
        str(row.key.pid),
        row.name[:24],
        (row.user or _UNKNOWN)[:16],
        _UNKNOWN if row.cpu_percent is None else f"{row.cpu_percent:.1f}",
        _UNKNOWN if row.rss is None else size_text(row.rss),
        _UNKNOWN if row.threads is None else str(row.threads),
        row.arch or _UNKNOWN,
        _when(row.started),
        row.label or row.status,
        row.cmdline or row.exe or "",
    )


def _when(started: float) -> str:
    if not started:
        return _UNKNOWN
    moment = datetime.fromtimestamp(started)
    today = moment.date() == datetime.now().date()
    return moment.strftime("%H:%M:%S" if today else "%Y-%m-%d")


def _row_json(row: ProcessRow) -> dict[str, Any]:
    return {
        "pid": row.key.pid,
        "ppid": row.ppid,
        "name": row.name,
        "user": row.user,
        "cpu_percent": None if row.cpu_percent is None else round(row.cpu_percent, 1),
        "rss": row.rss,
        "threads": row.threads,
        "arch": row.arch or None,
        "started": row.started or None,
        "exe": row.exe,
        "cmdline": row.cmdline,
        "dumpable": row.dumpable,
        "reason": row.reason or None,
    }


COMMAND = Command(
    name="list",
    run=_list,
    summary="list the running processes",
    details="It gives the reason where one cannot be dumped.",
    arguments=(
        Argument(
            names=("--all",),
            action="store_true",
            help="also kernel threads, and other users' processes that you cannot dump",
        ),
        JSON,
        Argument(
            names=("text",),
            nargs="*",
            metavar="TEXT",
            help="only those with these words in their facts, as in the window's search: "
            "ssh | bash, user:ann, cmd:--port, is:stopped, /w[0-9]+$/",
        ),
    ),
    examples=(
        Example(
            line="list [TEXT]",
            why="the processes; --all with kernel threads and other users'",
        ),
    ),
)
