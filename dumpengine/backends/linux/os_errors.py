"""What system errors about a target mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dumpengine.backends.linux import access
from dumpengine.errors import DumpError, no_such_process


@contextmanager
def os_errors(pid: int) -> Iterator[None]:
    """Give system errors about the target their meaning."""
    try:
        yield
    except ProcessLookupError:
        raise no_such_process(pid, f"Process {pid} ended during the capture.") from None
    except FileNotFoundError:
        raise no_such_process(pid, f"Process {pid} ended during the capture.") from None
    except PermissionError as error:
        obstacle = access.why_not(pid)
        raise (
            obstacle.to_error(pid) if obstacle else DumpError.from_os_error(error, pid=pid)
        ) from error
