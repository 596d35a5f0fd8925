"""The arguments that several commands take."""

from __future__ import annotations

import argparse
from pathlib import Path

from dumpengine.cli.command import Argument, Completes
from dumpengine.dump_types import PRESETS, MinidumpType, parse_dump_type
from dumpengine.errors import DumpError


def dump_type(text: str) -> MinidumpType:
    """Read a TYPE of the command line."""
    try:
        return parse_dump_type(text)
    except DumpError as error:
        raise argparse.ArgumentTypeError(f"{error.cause} {error.remedy}") from None


JSON = Argument(names=("--json",), action="store_true", help="print JSON")
TARGET = Argument(
    names=("target",),
    nargs="+",
    metavar="TARGET",
    help="a PID, or a name that only one process bears",
    completes=Completes.PROCESS,
)
TYPE = Argument(
    names=("-t", "--type"),
    type=dump_type,
    default=PRESETS["mini"].value,
    metavar="TYPE",
    help=f"a preset ({', '.join(PRESETS)}), flags by name, or a number (default: mini)",
    completes=Completes.DUMP_TYPE,
)
FILE = Argument(
    names=("file",), type=Path, metavar="FILE", help="a minidump", completes=Completes.PATH
)
OVERWRITE = Argument(
    names=("--overwrite",), action="store_true", help="replace a file that is there"
)
SYMBOLS = Argument(
    names=("--symbols",),
    action="append",
    type=Path,
    metavar="DIR",
    help="a folder with programs, libraries and debug files to trust and search; may be repeated",
    completes=Completes.PATH,
)
DEBUGINFOD = Argument(
    names=("--debuginfod",),
    action="append",
    metavar="URL",
    help="ask this server for symbols that are not here; it learns the build ids; may be repeated",
)
