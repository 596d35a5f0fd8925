"""``list``, ``types`` and ``estimate``: what there is, and how large it would be."""

from __future__ import annotations

import os
import shutil
import sys
import time
from argparse import Namespace
from datetime import datetime
from typing import Any

from dumpengine.cli.output import columns, human_size, is_terminal, print_json
from dumpengine.cli.target import the_one_target
from dumpengine.dump_types import FLAGS, PRESETS, format_dump_type
from dumpengine.processes.listing import ProcessLister, ProcessRow, process_name

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


def list_processes(arguments: Namespace) -> int:
    """Print the processes, by id."""
    lister = ProcessLister()
    lister.poll()
    time.sleep(_CPU_INTERVAL)
    others = (row for row in lister.poll() if row.key.pid != os.getpid())
    found = [row for row in others if _matches(row, arguments.text)]
    rows = [row for row in found if arguments.all or _shown(row)]
    if arguments.json:
        print_json([_row_json(row) for row in rows])
        return 0
    width = shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
    for line in columns([_HEADINGS, *map(_cells, rows)], _NUMBERS, width):
        print(line)
    if hidden := len(found) - len(rows):
        print(
            f"{len(rows)} of {len(found)} shown; --all also shows kernel threads and what you "
            "cannot dump.",
            file=sys.stderr,
        )
    return 0 if rows or hidden or not arguments.text else _nothing_found(arguments.text)


def _nothing_found(text: str) -> int:
    print(f"No process has {text!r} in its name, id, user or command.", file=sys.stderr)
    return 0


def _shown(row: ProcessRow) -> bool:
    return not row.kernel and (row.mine or row.dumpable)


def _matches(row: ProcessRow, text: str) -> bool:
    facts = f"{row.key.pid}\n{row.name}\n{row.user or ''}\n{row.cmdline or ''}\n{row.exe or ''}"
    return text.casefold() in facts.casefold()


def _cells(row: ProcessRow) -> tuple[str, ...]:
    return (
        str(row.key.pid),
        row.name[:24],
        (row.user or _UNKNOWN)[:16],
        _UNKNOWN if row.cpu_percent is None else f"{row.cpu_percent:.1f}",
        _UNKNOWN if row.rss is None else human_size(row.rss),
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


def estimate_size(arguments: Namespace) -> int:
    """Print how large a dump of the process would be now."""
    from dumpengine.capture.sizing import estimate

    key = the_one_target(arguments.target)
    name, dump_type = process_name(key), arguments.type
    size = estimate(key, dump_type)
    if arguments.json:
        print_json(
            {
                "pid": key.pid,
                "name": name,
                "dump_type": int(dump_type),
                "flags": format_dump_type(dump_type).split("|"),
                "total": size.total,
                "by_flag": {flag.name: share for flag, share in size.by_flag.items()},
            }
        )
        return 0
    print(
        f"A dump of {name} ({key.pid}) of the type 0x{dump_type:X} takes about "
        f"{human_size(size.total)}."
    )
    shares = [
        (f"  {flag.name}", human_size(share)) for flag, share in size.by_flag.items() if share
    ]
    for line in columns(shares, frozenset({1}), None):
        print(line)
    return 0


def list_types(arguments: Namespace) -> int:
    """Print every preset and flag with its number and its meaning."""
    if arguments.json:
        print_json(_types_json())
        return 0
    print("Presets")
    for preset in PRESETS.values():
        print(f"  {preset.name:<8} 0x{preset.value:<8X} {preset.sentence}")
        print(f"           {format_dump_type(preset.value).replace('|', ', ')}")
    group = None
    for flag in FLAGS:
        if flag.group is not group:
            group = flag.group
            print(f"\n{group.value}")
        print(f"  0x{flag.value:<8X} {flag.name}: {flag.sentence}")
        print(f"             On Windows: {flag.windows}")
        print(f"             On Linux: {flag.linux}")
    return 0


def _types_json() -> dict[str, Any]:
    return {
        "presets": [
            {
                "name": preset.name,
                "value": int(preset.value),
                "hex": f"0x{preset.value:X}",
                "title": preset.title,
                "sentence": preset.sentence,
                "flags": format_dump_type(preset.value).split("|"),
            }
            for preset in PRESETS.values()
        ],
        "flags": [
            {
                "name": flag.name,
                "api_name": flag.api_name,
                "value": int(flag.value),
                "hex": f"0x{flag.value:X}",
                "group": flag.group.value,
                "title": flag.title,
                "sentence": flag.sentence,
                "windows": flag.windows,
                "linux": flag.linux,
            }
            for flag in FLAGS
        ],
    }
