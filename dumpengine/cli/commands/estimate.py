"""``estimate``: how large a dump would be."""

from __future__ import annotations

from argparse import Namespace

from dumpengine.cli.command import Command, Example
from dumpengine.cli.output import columns, print_json, print_lines
from dumpengine.cli.shared import JSON, TARGET, TYPE
from dumpengine.cli.target import the_one_target
from dumpengine.dump_types import format_dump_type
from dumpengine.processes.listing import process_name
from dumpengine.text import size_text


def _estimate(arguments: Namespace) -> int:
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
        f"{size_text(size.total)}."
    )
    shares = [
        (
            f"  {flag.name}",
            size_text(share),
            "" if flag & dump_type else "on its own; not in this type",
        )
        for flag, share in size.by_flag.items()
        if share
    ]
    print_lines(columns(shares, frozenset({1}), None))
    return 0


COMMAND = Command(
    name="estimate",
    run=_estimate,
    summary="tell how large a dump would be",
    arguments=(TARGET, TYPE, JSON),
    examples=(Example(line="estimate 4711 -t full", why="how large would it be"),),
)
