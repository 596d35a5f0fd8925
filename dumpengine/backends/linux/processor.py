"""Which processor this is: registers, and system calls made through a thread, are written for one.

``amd64.py`` and ``registers.py`` have x86-64 and the 32-bit programs that run on it.
"""

from __future__ import annotations

import os
from functools import cache

from dumpengine.errors import E_NOTIMPL, ErrorKind, Obstacle

_SUPPORTED = ("x86_64",)


@cache
def unsupported_processor() -> Obstacle | None:
    """Return why no process can be dumped on this machine; None where they can."""
    machine = os.uname().machine
    if machine in _SUPPORTED:
        return None
    return Obstacle(
        "not on this processor",
        f"Processes of this machine's processor ({machine}) cannot be dumped yet.",
        "Dumps from other machines can be read, checked and shrunk here.",
        hresult=E_NOTIMPL,
        kind=ErrorKind.FAILED,
    )
