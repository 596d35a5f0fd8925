"""Files that have a name before they are whole, and how they go when their writer has died.

A writer holds a lock on its file (flock(2)), which ends with the last process that has it open:
whoever gets the lock knows that nobody writes any more. Windows removes no open file anyway.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from dumpengine.capture.naming import cut
from dumpengine.errors import E_WRITE_FAULT, DumpError
from dumpengine.system import ON_WINDOWS

HAS_LOCKS = not ON_WINDOWS
if HAS_LOCKS:
    import fcntl

_STALE = 24 * 3600  # seconds after which a file surely belongs to nobody, where locks do not work
_TRIES = 8  # sweepers are rare; a file system that loses what was made is not to be filled
_NAME = re.compile(r"\..*\.[0-9a-f]{8}\.partial", re.DOTALL)


def partial_name(path: Path) -> Path:
    """Return a new hidden name next to ``path``."""
    return path.with_name(f".{cut(path.name, 100)}.{os.urandom(4).hex()}.partial")


def create_partial(path: Path, mode: int) -> tuple[int, Path]:
    """Create and lock a file with a hidden name next to ``path``; returns its descriptor too.

    Raises OSError, or DumpError where a file is never there after it was made.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    for _ in range(_TRIES):
        partial = partial_name(path)
        fd = os.open(partial, flags, mode)
        if lock(fd) is not False and os.path.lexists(partial):
            return fd, partial
        os.close(fd)  # somebody swept it in this very moment
        with contextlib.suppress(OSError):
            partial.unlink()
    raise DumpError(
        E_WRITE_FAULT,
        f"Files made in {path.parent} are not there a moment later.",
        "Choose another folder.",
        path=path,
    )


def lock(fd: int) -> bool | None:
    """Lock an open file until it is closed; False when somebody has, None where there are none."""
    if not HAS_LOCKS:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def sweep_partials(folder: Path) -> None:
    """Remove the partial files in a folder whose writers have died."""
    with contextlib.suppress(OSError):
        for name in filter(_NAME.fullmatch, os.listdir(folder)):
            with contextlib.suppress(OSError):
                _sweep(folder / name)


def _sweep(path: Path) -> None:
    if not HAS_LOCKS:
        path.unlink()
        return
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        free = lock(fd)
        if free or (free is None and time.time() - os.fstat(fd).st_mtime > _STALE):
            path.unlink()
    finally:
        os.close(fd)
