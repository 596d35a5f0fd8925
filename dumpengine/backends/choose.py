"""The systems a process can be captured on; the only place that asks which one this is."""

from __future__ import annotations

import sys
from functools import cache

from dumpengine.backends.protocol import Backend

ON_WINDOWS = sys.platform == "win32"
ON_LINUX = sys.platform.startswith("linux")


@cache
def backend() -> Backend:
    """Return this system's back-end."""
    if ON_WINDOWS:
        from dumpengine.backends.windows.backend import WindowsBackend

        return WindowsBackend()
    from dumpengine.backends.linux.backend import LinuxBackend

    return LinuxBackend()
