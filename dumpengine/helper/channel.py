"""Lines over a socket, and an open file with the first of them (SCM_RIGHTS, unix(7))."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from typing import Protocol

from dumpengine.helper.protocol import MAX_LINE, ProtocolError

_BLOCK = 1 << 16


class Conversation(Protocol):
    """One end of the conversation, on any system. ``send`` may be called from several threads."""

    def send(self, line: bytes, file: int | None = None) -> None:
        """Send a line, with an open file if given; raises OSError when the other end is gone."""
        ...

    def receive(self, timeout: float | None = None) -> bytes | None:
        """Return the next line, None at the end; raises TimeoutError, ProtocolError, OSError."""
        ...

    def take_file(self) -> int | None:
        """Return the file that came along, once."""
        ...

    def close(self) -> None:
        """End the conversation."""
        ...


class Helper(Protocol):
    """The process at the other end, as its starter knows it; a Popen is one."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; returns the exit code, raises subprocess.TimeoutExpired."""
        ...

    def kill(self) -> None:
        """End it, where that is allowed."""
        ...


class Channel:
    """A :class:`Conversation` over a socket."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        # A timeout of the socket would hold for whoever sends at the same time, too.
        self._readable = select.poll()
        self._readable.register(end, select.POLLIN)
        self._received = bytearray()
        self._lock = threading.Lock()
        self._files: list[int] = []
        self._file_came = False

    def send(self, line: bytes, file: int | None = None) -> None:
        """Send a line, with an open file if given; raises OSError when the other end is gone."""
        with self._lock:
            if file is not None:
                sent = socket.send_fds(self._end, [line], [file])
                line = line[sent:]
            self._end.sendall(line)

    def receive(self, timeout: float | None = None) -> bytes | None:
        """Return the next line, None at the end; raises TimeoutError, ProtocolError."""
        limit = None if timeout is None else time.monotonic() + timeout
        while b"\n" not in self._received:
            if len(self._received) > MAX_LINE:
                raise ProtocolError("a line is too long")
            self._wait(limit)
            try:
                data, files, _flags, _address = socket.recv_fds(self._end, _BLOCK, 1)
            except ConnectionResetError:
                return None
            self._keep(files)
            if not data:
                return None
            self._received += data
        line, _, rest = bytes(self._received).partition(b"\n")
        self._received = bytearray(rest)
        return line

    def _wait(self, limit: float | None) -> None:
        """Wait for data or the end, until a moment of the monotonic clock."""
        left = None if limit is None else max(0.0, limit - time.monotonic()) * 1000
        if not self._readable.poll(left):
            raise TimeoutError

    def _keep(self, files: list[int]) -> None:
        """Keep the one file of a conversation; a second one ends it."""
        if files and not self._file_came:
            self._file_came = True
            self._files.append(files.pop(0))
        for file in files:
            os.close(file)
        if files:
            raise ProtocolError("a second file came along")

    def take_file(self) -> int | None:
        """Return the file that came along, once."""
        return self._files.pop(0) if self._files else None

    def close(self) -> None:
        """End the conversation, for who sends or waits on another thread, too."""
        while (file := self.take_file()) is not None:
            os.close(file)
        with contextlib.suppress(OSError):  # the other end may be gone
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()
