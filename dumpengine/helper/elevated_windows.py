"""Starting the installed helper as administrator on Windows.

The helper cannot inherit anything from who asks, nor may they reach into it. It opens the pipes
whose name is on its command line, and takes the output file out of the asking process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dumpengine.backends.windows import api, runas
from dumpengine.backends.windows.named_pipe import Pipes
from dumpengine.backends.windows.transport import PipeChannel, file_message, file_of, handle_of
from dumpengine.errors import E_ACCESSDENIED, E_CANCELLED, DumpError
from dumpengine.helper import agreed
from dumpengine.processes.listing import ProcessKey, process_name

_HELPER = "dumpengine-helper.exe"
_POLL = 0.05  # seconds


class AskersChannel(PipeChannel):
    """The asking end: names the file's handle, for the helper to take out of this process."""

    def send(self, line: bytes, file: int | None = None) -> None:
        """Send a line, with an open file if given; raises OSError when the other end is gone."""
        super().send(line if file is None else file_message(handle_of(file)) + line)

    def _is_file(self, line: bytes) -> bool:  # noqa: ARG002 - whatever it is
        return False  # the helper gives none


def start(key: ProcessKey, cancelled: Callable[[], bool]) -> tuple[runas.Elevated, PipeChannel]:
    """Ask for the rights and start the helper for one process; returns when it is there.

    Raises DumpError when there is an obstacle, when the user refuses, and when ``cancelled``; a
    helper that is granted afterwards finds nobody to talk to, and ends.
    """
    if problem := runas.obstacle():
        how = "Install DumpDesk for all users, or start it as administrator."
        raise DumpError(E_ACCESSDENIED, problem, how, pid=key.pid)
    try:
        pipes = Pipes()
    except OSError as error:
        raise _failed(key.pid, str(error)) from error
    try:
        named = ["--pid", str(key.pid), "--dump", process_name(key)]
        asked = [agreed.OPTION, pipes.name, "--asker", str(os.getpid()), *named]
        helper = runas.Elevated(*_program(asked))
        _await_answer(helper, key.pid, cancelled)
        _await_opening(helper, pipes, key.pid, cancelled)
        if pipes.peers() != {helper.pid}:
            raise OSError("another process answered")
        reading, writing = (file_of(pipe, os.O_RDWR) for pipe in pipes.take())
    except OSError as error:
        raise _failed(key.pid, str(error)) from error
    finally:
        pipes.close()
    return helper, AskersChannel(reading, writing)


def _await_answer(helper: runas.Elevated, pid: int, cancelled: Callable[[], bool]) -> None:
    while not helper.answered.wait(_POLL):
        if cancelled():
            raise DumpError(E_CANCELLED)
    if helper.error == runas.ERROR_CANCELLED:
        raise agreed.dismissed(pid)
    if helper.error:
        raise _failed(pid, api.error_text(helper.error))


def _await_opening(
    helper: runas.Elevated, pipes: Pipes, pid: int, cancelled: Callable[[], bool]
) -> None:
    while not pipes.opened():
        if cancelled():
            raise DumpError(E_CANCELLED)
        with suppress(subprocess.TimeoutExpired):
            raise _failed(pid, f"it ended with exit code {helper.wait(_POLL)}")


def _failed(pid: int, why: str) -> DumpError:
    return DumpError(
        E_ACCESSDENIED,
        f"The helper could not be started as administrator: {why}.",
        "Start DumpDesk as administrator, or run dumpengine in an administrator's terminal.",
        pid=pid,
    )


def _program(arguments: list[str]) -> tuple[str, list[str]]:
    """Return what is started with which arguments: the helper beside this program."""
    return str(Path(sys.executable).with_name(_HELPER)), arguments
