"""A process and a file as MiniDumpWriteDump wants them: the system's own handles."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

PROCESS_ALL_ACCESS = 0x1FFFFF


@contextmanager
def process_handle(pid: int, access: int = PROCESS_ALL_ACCESS) -> Iterator[int]:
    """Open a process: on Linux a pidfd, on Windows a handle with these rights."""
    if sys.platform != "win32":
        pidfd = os.pidfd_open(pid)
        try:
            yield pidfd
        finally:
            os.close(pidfd)
        return
    from dumpengine.backends.windows import api

    handle = api.kernel32().OpenProcess(access, False, pid)
    assert handle
    try:
        yield handle
    finally:
        api.kernel32().CloseHandle(handle)


def file_handle(file: BinaryIO) -> int:
    """Return the system's handle of an open file."""
    if sys.platform != "win32":
        return file.fileno()
    from dumpengine.backends.windows.transport import handle_of

    return handle_of(file.fileno())
