"""The program ``dumpengine-helper``: windows and terminals start it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from dumpengine._version import __version__
from dumpengine.errors import ErrorKind

_USAGE = "dumpengine-helper is started by dumpdesk. Use `dumpdesk`, or `dumpengine` in a terminal."


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument says; without one, serve the window on standard input.

    Started by pkexec it does one thing only, whatever the arguments are.
    """
    if "PKEXEC_UID" in os.environ:
        from dumpengine.helper.worker import serve_on_terms

        return serve_on_terms(arguments)
    match list(arguments):
        case []:
            from dumpengine.helper.worker import main as serve

            return serve()
        case ["--elevated", *_]:
            from dumpengine.helper.terms_windows import main as serve_administrator

            return serve_administrator(arguments)
        case ["--tracer" | "--stacks" | "--watch" as what] | ["--module", what]:
            return _serve(what)
        case ["--version"]:
            print(f"dumpengine-helper {__version__}")
            return 0
        case ["--self-test", *rest]:
            from dumpengine.capture.self_test import main as test

            return test(rest, "dumpengine-helper")
        case _:
            print(_USAGE, file=sys.stderr)
            return ErrorKind.USAGE.exit_code


def _serve(what: str) -> int:
    """Be one of the processes that do one thing on standard input."""
    match what:
        case "--tracer":
            from dumpengine.backends.linux.tracer import main as trace

            trace()
        case "--stacks":
            from dumpengine.helper.walking import serve as walk

            walk()
        case "--watch":
            from dumpengine.helper.watching import serve as watch_processes

            watch_processes()
        case "dumpengine.backends.windows.guard":
            from dumpengine.backends.windows.guard import watch

            watch(sys.stdin.buffer)
        case _:
            print(_USAGE, file=sys.stderr)
            return ErrorKind.USAGE.exit_code
    return 0
