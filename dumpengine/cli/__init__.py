"""The terminal program ``dumpengine``.

Each command of `commands/` is a function of the parsed arguments that returns the exit code;
whatever goes wrong arrives here as a DumpError, is said in a sentence on stderr, and gives its
kind's exit code.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence

from dumpengine.cli.arguments import parse_arguments
from dumpengine.cli.output import print_cancelled, print_failure, tolerate_any_text
from dumpengine.errors import DumpError, ErrorKind


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code (see :class:`~dumpengine.errors.ErrorKind`)."""
    tolerate_any_text()
    try:
        arguments = parse_arguments(argv)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except DumpError as error:
        print_failure(error, as_json=getattr(arguments, "json", False))
        return error.kind.exit_code
    except KeyboardInterrupt:
        print_cancelled()
        return ErrorKind.CANCELLED.exit_code
    except OSError as error:
        if not _reader_left(error):
            raise
        # Whoever read our output has enough (`| head`). Python flushes stdout once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ErrorKind.FAILED.exit_code
    return code


def _reader_left(error: OSError) -> bool:
    # Windows says EINVAL for a pipe that nobody reads any more.
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)
