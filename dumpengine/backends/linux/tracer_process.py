"""Starts the tracer: forked where that is safe, which is quicker, else as a program of its own."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Protocol

from dumpengine.backends.linux.access import TRACER

_START = "from dumpengine.backends.linux.tracer import main; main()"


class TracerProcess(Protocol):
    """A started process; as :class:`subprocess.Popen` has it."""

    @property
    def pid(self) -> int:
        """The process id."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; returns the exit code, raises subprocess.TimeoutExpired."""
        ...


def start_tracer(end: socket.socket) -> TracerProcess:
    """Start a tracer that converses over ``end``, in a session of its own."""
    if _has_one_thread():
        return Forked(_fork(end))
    return subprocess.Popen(
        tracer_command(),
        stdin=end.fileno(),
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def tracer_command() -> list[str]:
    """Return the program to start: the helper itself when frozen, else a module."""
    if getattr(sys, "frozen", False):
        folder = os.path.dirname(sys.executable)
        return [os.path.join(folder, "dumpengine-helper"), "--tracer"]
    return [sys.executable, "-c", _START]


class Forked:
    """A forked child, with the part of :class:`subprocess.Popen` that is used of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; returns the exit code, raises subprocess.TimeoutExpired."""
        if self._code is None:
            self._await(timeout)
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def _await(self, timeout: float | None) -> None:
        fd = os.pidfd_open(self.pid)
        try:
            poll = select.poll()
            poll.register(fd, select.POLLIN)
            if timeout is not None and not poll.poll(timeout * 1000):
                raise subprocess.TimeoutExpired("tracer", timeout)
        finally:
            os.close(fd)


def _has_one_thread() -> bool:
    """Whether this process may be forked and go on as Python: no other thread holds a lock.

    Threads that are not Python's count too. pidfd_open(2) is there since Linux 5.3.
    """
    try:
        return len(os.listdir("/proc/self/task")) == 1 and hasattr(os, "pidfd_open")
    except OSError:
        return False


def _fork(end: socket.socket) -> int:
    pid = os.fork()
    if pid == 0:
        _become_tracer(end)
    return pid


def _become_tracer(end: socket.socket) -> NoReturn:
    """Never comes back to what the forked program was doing."""
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        os.setsid()
        os.dup2(end.fileno(), 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        with suppress(OSError):
            Path("/proc/self/comm").write_text(TRACER)
        from dumpengine.backends.linux.tracer import main

        main()
        code = 0
    finally:
        os._exit(code)
