"""The terminal program ``dumpengine``; what it does is in :mod:`dumpengine.cli.running`.

Nothing is imported before :func:`main` can say that it was cancelled: loading takes its time.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code (see :class:`~dumpengine.errors.ErrorKind`)."""
    try:
        from dumpengine.cli.running import run

        return run(argv)
    except KeyboardInterrupt:
        return _cancelled()


def _cancelled() -> int:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one may come any moment
    try:
        from dumpengine.cli.output import print_cancelled
        from dumpengine.errors import ErrorKind

        print_cancelled()
        return ErrorKind.CANCELLED.exit_code
    finally:
        signal.signal(signal.SIGINT, before)
