"""What system errors about a target mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dumpengine.backends.linux import access
from dumpengine.backends.linux.ending import UNKNOWN, EndWatch
from dumpengine.errors import DumpError, no_such_process

_PATIENCE = 1.0  # seconds until the end of a process is complete that was held when it died


@contextmanager
def os_errors(pid: int, end: EndWatch | None = None) -> Iterator[None]:
    """Give system errors about the target their meaning; ``end`` knows how it ended."""
    try:
        yield
    except (ProcessLookupError, FileNotFoundError):
        raise _ended(pid, end) from None
    except PermissionError as error:
        obstacle = access.why_not(pid)
        raise (
            obstacle.to_error(pid) if obstacle else DumpError.from_os_error(error, pid=pid)
        ) from error


def _ended(pid: int, end: EndWatch | None) -> DumpError:
    how = end.ended(_PATIENCE) if end else None
    words = f": {how}" if how not in (None, UNKNOWN) else ""
    error = no_such_process(pid, f"Process {pid} ended during the capture{words}.")
    error.target_ended = how
    return error
