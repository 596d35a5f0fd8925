"""The terminal program ``dumpengine``.

Each command of `commands/` is a function of the parsed arguments that returns the exit code;
whatever goes wrong, foreseen or not, is said in a sentence on stderr here, and gives its kind's
exit code.
"""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Sequence

from dumpengine.cli.arguments import parse_arguments
from dumpengine.cli.output import only_text, print_cancelled, print_failure
from dumpengine.errors import ErrorKind, unforeseen
from dumpengine.system import ON_WINDOWS


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code (see :class:`~dumpengine.errors.ErrorKind`)."""
    with only_text():
        return _run(parse_arguments(argv))


def _run(arguments: argparse.Namespace) -> int:
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print_cancelled()
        return ErrorKind.CANCELLED.exit_code
    except Exception as error:  # the process's edge: no traceback ever reaches a person
        if _reader_left(error):
            # It has enough (`| head`). Python flushes stdout once more at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ErrorKind.FAILED.exit_code
        failure = unforeseen(error)
        print_failure(failure, as_json=getattr(arguments, "json", False))
        return failure.kind.exit_code


def _reader_left(error: Exception) -> bool:
    # Windows says EINVAL for a pipe that nobody reads any more.
    return isinstance(error, BrokenPipeError) or (
        ON_WINDOWS and isinstance(error, OSError) and error.errno == errno.EINVAL
    )
