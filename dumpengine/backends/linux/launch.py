"""Starts a program that waits until it is watched."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from dumpengine.backends.linux import libc
from dumpengine.errors import E_FILE_NOT_FOUND, DumpError
from dumpengine.text import printable

_NOT_STARTED = 127  # as a shell says it


class PausedProgram:
    """See :class:`dumpengine.backends.protocol.Launched`. For a process with one thread."""

    def __init__(self, command: Sequence[str]) -> None:
        if shutil.which(command[0]) is None:
            raise DumpError(
                E_FILE_NOT_FOUND,
                f"There is no program {printable(command[0])}.",
                "Check its name and path.",
            )
        reading, self._begin = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _wait_and_become(reading, self._begin, command)
        os.close(reading)

    def begin(self) -> None:
        """See the protocol."""
        if self._begin >= 0:
            with suppress(BrokenPipeError):  # it was killed meanwhile
                os.write(self._begin, b".")
            self.abandon()

    def abandon(self) -> None:
        """See the protocol."""
        if self._begin >= 0:
            os.close(self._begin)
            self._begin = -1

    def wait(self) -> int:
        """See the protocol."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _wait_and_become(reading: int, writing: int, command: Sequence[str]) -> NoReturn:
    """Be the program as a shell would start it; the end of the pipe without a word ends it."""
    try:
        os.close(writing)
        with suppress(OSError):  # Yama: whoever we start to trace it is no ancestor of it
            libc.prctl(libc.PR_SET_PTRACER, os.getppid())
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them
            signal.signal(number, signal.SIG_DFL)
        if os.read(reading, 1):
            os.execvp(command[0], list(command))
    finally:
        os._exit(_NOT_STARTED)
