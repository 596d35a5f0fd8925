"""``shrink``: a smaller dump out of a larger one."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from dumpengine.cli.capturing import REDACT
from dumpengine.cli.command import Argument, Command, Completes, Example
from dumpengine.cli.output import count, print_json, print_lines
from dumpengine.cli.shared import FILE, JSON, OVERWRITE, TYPE
from dumpengine.text import size_text

if TYPE_CHECKING:
    from dumpengine.capture.shrink import ShrinkResult


def _shrink(arguments: Namespace) -> int:
    """Write a smaller dump out of a larger one."""
    from dumpengine.capture.shrink import shrink_dump

    result = shrink_dump(
        arguments.file,
        arguments.output,
        arguments.type,
        redacted=arguments.redact,
        overwrite=arguments.overwrite,
    )
    if arguments.json:
        print_json(result.to_json())
    else:
        print_lines(_shrunk(result))
    return 0


def _shrunk(result: ShrinkResult) -> list[str]:
    return [
        f"Wrote {result.path}",
        f"  size     {size_text(result.size)} of {size_text(result.source_size)} "
        f"(type 0x{result.dump_type:X})",
        f"  holds    {count(result.threads, 'thread')}, {count(result.modules, 'module')}, "
        f"{size_text(result.memory_bytes)} of memory in {count(result.ranges, 'range')}",
        *(f"  left out {name}" for name in result.dropped),
        *(f"  note     {sentence}" for sentence in (*result.scrubbed, *result.warnings)),
    ]


COMMAND = Command(
    name="shrink",
    run=_shrink,
    summary="write a smaller dump out of a larger one, to pass on",
    arguments=(
        FILE,
        TYPE,
        Argument(
            names=("-o", "--output"),
            type=Path,
            metavar="OUT",
            required=True,
            help="where to",
            completes=Completes.PATH,
        ),
        OVERWRITE,
        REDACT,
        JSON,
    ),
    examples=(
        Example(
            line="shrink a.dmp -t mini -o b.dmp",
            why="a smaller dump out of a larger one, before mailing it",
        ),
    ),
)
