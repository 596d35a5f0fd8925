"""The administrator's side: on what terms the helper runs, and holding whoever asks to them.

The user who asks has been allowed to have one process dumped, the one the prompt named, into a
file of their own. Everything that arrives is checked against that; nothing else is done.
"""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import stat
import struct
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from dumpengine.backends.linux import access, libc
from dumpengine.helper import agreed
from dumpengine.helper.protocol import Capture, ProtocolError

USER = "PKEXEC_UID"  # set by pkexec, which clears all else: who asks

_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTSTP)
_FUSE = 0x65735546  # FUSE_SUPER_MAGIC
_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR


@dataclass(frozen=True, slots=True)
class Terms:
    """What was allowed: the user who asks, and the process, as in the prompt."""

    user: int
    pid: int
    name: str

    @classmethod
    def read(cls, arguments: Sequence[str], surroundings: Mapping[str, str]) -> Self:
        """Read ``--pid PID --dump NAME`` and who asks; raises ProtocolError."""
        match list(arguments):
            case ["--pid", pid, "--dump", name] if agreed.is_pid(pid):
                user = surroundings.get(USER, "")
                if not agreed.is_number(user):
                    raise ProtocolError("nobody asks")
                return cls(int(user), int(pid), name)
            case _:
                raise ProtocolError("the command names no process")

    def check(self, request: Capture, file: int) -> None:
        """Raise ProtocolError unless the request is for this process and into the user's file."""
        self._check_process(request)
        _check_file(file, self.user)

    def _check_process(self, request: Capture) -> None:
        agreed.check(request, self.pid)
        if self.pid == os.getppid():
            raise ProtocolError("it is for the helper itself")
        try:
            status = access.read_process_status(self.pid)
        except (OSError, KeyError, ValueError):
            return  # the capture says that it has ended
        if status.kernel:
            raise ProtocolError(f"{status} is a kernel thread")
        agreed.check_name(self.pid, self.name)


def _check_file(file: int, user: int) -> None:
    status = os.fstat(file)
    flags = fcntl.fcntl(file, fcntl.F_GETFL)
    if not stat.S_ISREG(status.st_mode):
        raise ProtocolError("what came along is not a file")
    if status.st_uid != user:
        raise ProtocolError("the file belongs to someone else than who asks")
    if flags & os.O_PATH or flags & _ACCESS not in (os.O_WRONLY, os.O_RDWR):
        raise ProtocolError("the file is not open for writing")
    if flags & os.O_APPEND:
        raise ProtocolError("the file is open for appending")
    if status.st_size:
        raise ProtocolError("the file is not empty")
    if libc.file_system(file) == _FUSE:
        # Whoever serves such a file could let a write hang, and the process with it.
        raise ProtocolError("the file is on a file system that a user provides")


def settle_in(end: socket.socket) -> None:
    """Make this process one that whoever started it cannot stop, starve or talk dead."""
    with suppress(OSError):  # it leads its session already
        os.setsid()
    for number in _FROM_TERMINAL:
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    limit = struct.pack("ll", agreed.SEND_LIMIT, 0)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


__all__ = ["USER", "Terms", "settle_in"]
