"""Runs a command of the terminal program.

Each command of `commands/` is a function of the parsed arguments that returns the exit code;
whatever goes wrong, foreseen or not, is said in a sentence on stderr here, and gives its kind's
exit code.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from dumpengine.cli.arguments import parse_arguments
from dumpengine.cli.output import only_text, print_failure, reader_left
from dumpengine.errors import ErrorKind, unforeseen


def run(argv: Sequence[str] | None) -> int:
    """Run one command; return its exit code. KeyboardInterrupt comes through."""
    with only_text():
        return _run(parse_arguments(argv))


def _run(arguments: argparse.Namespace) -> int:
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except Exception as error:  # the process's edge: no traceback ever reaches a person
        if reader_left(error):  # it has enough (`| head`)
            return ErrorKind.FAILED.exit_code
        failure = unforeseen(error)
        print_failure(failure, as_json=getattr(arguments, "json", False))
        return failure.kind.exit_code
