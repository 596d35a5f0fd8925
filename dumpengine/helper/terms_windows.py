"""The administrator's side: one process, as the prompt named it, into a file of who asks.

Everything that arrives is checked against that; nothing else is done, and no path is opened.
"""

from __future__ import annotations

import os
import queue
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from dumpengine.backends.windows import api, dll
from dumpengine.backends.windows.named_pipe import close, open_pipes
from dumpengine.backends.windows.others_file import take_file
from dumpengine.backends.windows.privileges import debug_privilege
from dumpengine.backends.windows.transport import PipeChannel, file_of, is_file_message
from dumpengine.helper import agreed
from dumpengine.helper.protocol import Capture, ProtocolError, decode_line
from dumpengine.helper.worker import serve

_UNSENT = 64  # lines


def main(arguments: Sequence[str]) -> int:
    """Serve who asks, on the terms of the command line; returns the exit code."""
    # A user sets variables that an administrator's process gets too.
    os.environ.pop(dll.VARIABLE, None)
    try:
        terms = Terms.read(arguments)
        channel = _converse(terms)
    except (OSError, ProtocolError):
        return 2
    try:
        return serve(channel, terms.check, agreed.START_LIMIT)
    finally:
        channel.close()


@dataclass(frozen=True, slots=True)
class Terms:
    """What was allowed: who asks over which pipes, and the process, as in the prompt."""

    pipes: str
    asker: int
    pid: int
    name: str

    @classmethod
    def read(cls, arguments: Sequence[str]) -> Self:
        """Read ``--elevated PIPES --asker PID --pid PID --dump NAME``; raises ProtocolError."""
        match list(arguments):
            case [option, pipes, "--asker", asker, "--pid", pid, "--dump", name] if (
                option == agreed.OPTION and agreed.is_pid(asker) and agreed.is_pid(pid)
            ):
                return cls(pipes, int(asker), int(pid), name)
            case _:
                raise ProtocolError("the command names no process")

    def check(self, request: Capture, file: int) -> None:
        """Raise ProtocolError unless the request is for this process and into an empty file."""
        agreed.check(request, self.pid)
        agreed.check_name(self.pid, self.name)
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise ProtocolError("what came along is not a file")
        if status.st_size:
            raise ProtocolError("the file is not empty")


class HelpersChannel(PipeChannel):
    """The helper's end: takes one file out of who asks, and waits for nobody who is deaf."""

    def __init__(self, reading: int, writing: int, asker: int) -> None:
        self._asker = asker  # a handle
        self._file_came = False
        self._unsent: queue.Queue[bytes | None] = queue.Queue(_UNSENT)
        self._sender = threading.Thread(target=self._send_all, daemon=True)
        super().__init__(reading, writing)
        self._sender.start()

    def send(self, line: bytes, file: int | None = None) -> None:  # noqa: ARG002 - it gives none
        """Send a line, in a while; raises OSError when nobody has read for too long."""
        if not self._sender.is_alive():
            raise BrokenPipeError("the conversation has ended")
        try:
            self._unsent.put(line, timeout=agreed.SEND_LIMIT)
        except queue.Full:
            raise TimeoutError("nobody listens") from None

    def close(self) -> None:
        """Send what there is to say, then end the conversation."""
        try:
            self._unsent.put(None, timeout=agreed.SEND_LIMIT)
            self._sender.join(agreed.SEND_LIMIT)
        except queue.Full:
            pass
        if not self._sender.is_alive():
            super().close()

    def _send_all(self) -> None:
        try:
            while (line := self._unsent.get()) is not None:
                super().send(line)
        except OSError:  # nobody is there any more: send() says it
            pass

    def _is_file(self, line: bytes) -> bool:
        if not is_file_message(line):
            return False
        if self._file_came:
            raise ProtocolError("a second file came along")
        self._file_came = True
        try:
            handle = take_file(self._asker, decode_line(line).get("handle"))
        except OSError as error:
            raise ProtocolError(str(error)) from None
        self._files.append(file_of(handle, os.O_RDWR))
        return True


def _converse(terms: Terms) -> HelpersChannel:
    pipes = open_pipes(terms.pipes, terms.asker)
    # Of another user, when an administrator's password was given in a user's session.
    with debug_privilege():
        asker = api.kernel32().OpenProcess(api.PROCESS_DUP_HANDLE, False, terms.asker)
    if not asker:
        close(pipes)
        raise OSError(api.error_text(api.last_error()))
    request, answer = (file_of(pipe, os.O_RDWR) for pipe in pipes)
    return HelpersChannel(request, answer, asker)
