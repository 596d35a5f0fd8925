"""The command line: the parser that follows from the commands' declarations."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import NoReturn

from dumpengine._version import __version__
from dumpengine.cli import commands
from dumpengine.cli.completion import PrintCompletion
from dumpengine.dump_types import PRESETS
from dumpengine.text import printable

PROGRAM = "dumpengine"
SUMMARY = "write, read and check minidumps of running processes"
TERMS = (
    "TARGET is a PID, or a name that only one process bears. "
    f"TYPE is a preset ({', '.join(PRESETS)}), flags by name with ',' between "
    "(WithFullMemory,WithHandleData), or a number (0x61826)."
)
EXIT_CODES = (
    "0 done, 1 failed, 2 wrong usage, 3 access denied, 4 no such process, "
    "5 destination (space, permission, exists), 130 cancelled"
)


class _Help(argparse.HelpFormatter):
    """Shows one TARGET: more are read only to be told that it was not one."""

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        if action.nargs == "+":
            return str(action.metavar)
        return super()._format_args(action, default_metavar)


class _Parser(argparse.ArgumentParser):
    """Answers a wrong command line with one sentence instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        sentence = printable(message[:1].upper() + message[1:].rstrip("."))
        self.exit(2, f"{self.prog}: {sentence}. See `{self.prog} --help`.\n")


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse; ``run`` of the result is the command's function. Exits with 2 on wrong usage."""
    words = sys.argv[1:] if argv is None else argv
    # The module of the one command that is meant is loaded, and no other: start-up counts.
    named = words[0] if words else ""
    parser = make_parser([named] if named in commands.NAMES else commands.NAMES)
    own, command = _split(named, words)
    return parser.parse_args(own, argparse.Namespace(command=command))


def _split(named: str, words: Sequence[str]) -> tuple[Sequence[str], list[str]]:
    """Return our own words and those of the command behind ``--``, where one may be."""
    if named not in commands.NAMES or "--" not in words or not commands.load(named).takes_command:
        return words, []
    at = list(words).index("--")
    return words[:at], list(words[at + 1 :])


def make_parser(names: Iterable[str] = commands.NAMES) -> argparse.ArgumentParser:
    """Return the parser of the program with the commands called ``names``."""
    parser = _Parser(
        prog=PROGRAM,
        description=f"{SUMMARY.capitalize()}.",
        epilog=f"{fill(TERMS, 96)}\n\n{_exit_codes()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument(
        "--completion", action=PrintCompletion, help="print the completion for a shell, and end"
    )
    shelf = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_Parser
    )
    for name in names:
        command = commands.load(name)
        text = command.summary
        parser_of = shelf.add_parser(name, help=text, description=text, formatter_class=_Help)
        command.add_to(parser_of)
    return parser


def _exit_codes() -> str:
    start = "exit codes: "
    return fill(EXIT_CODES, 84, initial_indent=start, subsequent_indent=" " * len(start))
