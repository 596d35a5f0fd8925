"""The systems a process can be captured on; the only place that chooses one."""

from __future__ import annotations

from functools import cache

from dumpengine.backends.protocol import Backend
from dumpengine.system import ON_WINDOWS


@cache
def backend() -> Backend:
    """Return this system's back-end."""
    if ON_WINDOWS:
        from dumpengine.backends.windows.backend import WindowsBackend

        return WindowsBackend()
    from dumpengine.backends.linux.backend import LinuxBackend

    return LinuxBackend()
