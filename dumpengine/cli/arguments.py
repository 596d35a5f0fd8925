"""The command line: commands, options, and what they are called in the help."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from dumpengine._version import __version__
from dumpengine.cli import dump, files, listing
from dumpengine.dump_types import PRESETS, MinidumpType, parse_dump_type
from dumpengine.errors import DumpError
from dumpengine.job import Mode

_EPILOG = """\
TARGET is a PID, or a name that only one process bears. TYPE is a preset ({presets}), flags by
name with ',' between (WithFullMemory,WithHandleData), or a number (0x61826).

exit codes: 0 done, 1 failed, 2 wrong usage, 3 access denied, 4 no such process,
            5 destination (space, permission, exists), 130 cancelled
"""


TABLES = ("threads", "modules", "memory", "handles", "streams")  # what `show` can add


class _Parser(argparse.ArgumentParser):
    """Answers a wrong command line with one sentence instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        sentence = message[:1].upper() + message[1:].rstrip(".")
        self.exit(2, f"{self.prog}: {sentence}. See `{self.prog} --help`.\n")


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse; ``run`` of the result is the command's function. Exits with 2 on wrong usage."""
    parser = _Parser(
        prog="dumpengine",
        description="Write, read and check minidumps of running processes.",
        epilog=_EPILOG.format(presets=", ".join(PRESETS)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dumpengine {__version__}")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_Parser
    )
    _add_list(commands)
    _add_dump(commands)
    _add_files(commands)
    _add_shrink(commands)
    _add_estimate(commands)
    _add_types(commands)
    return parser.parse_args(argv)


_Commands = argparse._SubParsersAction  # argparse has no public name for it
_Run = Callable[[argparse.Namespace], int]


def _command(commands: _Commands[_Parser], name: str, run: _Run, help_text: str) -> _Parser:
    parser = commands.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(run=run)
    return parser


def _add_json(parser: _Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_target(parser: _Parser) -> None:
    parser.add_argument(
        "target", nargs="+", metavar="TARGET", help="a PID, or a name that only one process bears"
    )


def _add_type(parser: _Parser, default: MinidumpType) -> None:
    parser.add_argument(
        "-t",
        "--type",
        type=_dump_type,
        default=default,
        metavar="TYPE",
        help=f"{', '.join(PRESETS)}, flags by name, or a number (default: mini)",
    )


def _dump_type(text: str) -> MinidumpType:
    try:
        return parse_dump_type(text)
    except DumpError as error:
        raise argparse.ArgumentTypeError(f"{error.cause} {error.remedy}") from None


def _number(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _add_list(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "list", listing.list_processes, "list the running processes")
    parser.add_argument(
        "--all",
        action="store_true",
        help="also kernel threads, and other users' processes that you cannot dump",
    )
    _add_json(parser)
    parser.add_argument(
        "text", nargs="?", default="", metavar="TEXT", help="only those with TEXT in their facts"
    )


def _add_dump(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "dump", dump.dump, "write a minidump of a process")
    _add_target(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="file or folder (default: NAME_PID_DATE_TIME.dmp in this folder)",
    )
    _add_type(parser, PRESETS["mini"].value)
    parser.add_argument(
        "--mode",
        choices=[mode.value for mode in Mode],
        default=Mode.AUTO.value,
        help="copy from a frozen clone while the process runs on, or hold it still (default: auto)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    _add_contents(parser)
    parser.add_argument("--dll", metavar="PATH", help="on Windows: the DLL that writes the dump")
    _add_json(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="print only the path")


def _add_contents(parser: _Parser) -> None:
    parser.add_argument("--comment", metavar="TEXT", help="store a comment in the dump")
    _add_redact(parser)
    parser.add_argument(
        "--user-stream",
        action="append",
        default=[],
        metavar="N=FILE",
        help="store a file as stream number N (above 0xFFFF); may be given again",
    )
    parser.add_argument(
        "--exclude-thread",
        action="append",
        default=[],
        type=_number,
        metavar="TID",
        help="leave a thread out; may be given again",
    )
    parser.add_argument(
        "--exclude-module",
        action="append",
        default=[],
        metavar="NAME",
        help="leave a library out, by file name; may be given again",
    )


def _add_redact(parser: _Parser) -> None:
    parser.add_argument(
        "--redact",
        action="store_true",
        help="take environment, command line and stack contents out; says what went",
    )


def _add_files(commands: _Commands[_Parser]) -> None:
    show = _command(commands, "show", files.show, "show what is in a dump")
    _add_file(show)
    extent = show.add_mutually_exclusive_group()
    extent.add_argument("--brief", action="store_true", help="only the first page")
    extent.add_argument("--all", action="store_true", help="every table")
    for name in TABLES:
        show.add_argument(
            f"--{name}", dest="details", action="append_const", const=name, help=f"the {name}"
        )
    _add_json(show)
    check = _command(
        commands, "check", files.check, "tell whether a dump is whole and usable (exit code 0 or 1)"
    )
    _add_file(check)
    _add_json(check)
    extract = _command(commands, "extract", files.extract, "write out the bytes of one stream")
    _add_file(extract)
    extract.add_argument("stream", metavar="STREAM", help="its number or name")
    extract.add_argument(
        "-o", "--output", type=Path, metavar="PATH", help="where to (default: stdout)"
    )


def _add_shrink(commands: _Commands[_Parser]) -> None:
    parser = _command(
        commands, "shrink", files.shrink, "write a smaller dump out of a larger one, to pass on"
    )
    _add_file(parser)
    _add_type(parser, PRESETS["mini"].value)
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", required=True)
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    _add_redact(parser)
    _add_json(parser)


def _add_file(parser: _Parser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a minidump")


def _add_estimate(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "estimate", listing.estimate_size, "tell how large a dump would be")
    _add_target(parser)
    _add_type(parser, PRESETS["mini"].value)
    _add_json(parser)


def _add_types(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "types", listing.list_types, "explain every preset and flag")
    _add_json(parser)
