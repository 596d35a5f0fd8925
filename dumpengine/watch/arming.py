"""What a firing will need is asked for when a watch is armed, not when it fires at night."""

from __future__ import annotations

import os

from dumpengine.errors import DumpError
from dumpengine.processes.listing import why_not
from dumpengine.system import ON_WINDOWS

TRACED = (
    "It is traced meanwhile: no debugger can attach, and a program that it turns into itself "
    "(exec) gains no rights by a setuid bit; programs that it starts do."
)


def refuse_unreadable(pid: int) -> None:
    """Raise DumpError when the process could not be dumped now."""
    obstacle = why_not(pid)
    if obstacle is not None and (obstacle.certain or not _can_read(pid)):
        raise obstacle.to_error(pid)
    if obstacle is None and not _can_read(pid):
        raise DumpError.from_os_error(PermissionError(13, "Permission denied"), pid=pid)


def _can_read(pid: int) -> bool:
    """Opening its memory asks the system for the same right as tracing it, and touches nothing."""
    if ON_WINDOWS:
        return True
    try:
        os.close(os.open(f"/proc/{pid}/mem", os.O_RDONLY))
    except PermissionError:
        return False
    except OSError:  # it ends just now
        return True
    return True
