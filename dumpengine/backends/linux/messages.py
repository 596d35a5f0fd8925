"""Python values over a socket between the two halves of one program."""

from __future__ import annotations

import pickle
import select
import socket
from contextlib import suppress


class Messages:
    """Sends and receives values; one question and one answer at a time.

    Both ends are this program's own: what comes in is unpickled. It is quicker to import than
    :mod:`multiprocessing.connection`, which matters to a process that starts for every dump.
    """

    def __init__(self, end: socket.socket) -> None:
        self._stream = end.makefile("rwb")
        self._end = end

    def send(self, value: object) -> None:
        """Send a value; raises ConnectionError when nobody is there."""
        pickle.dump(value, self._stream, pickle.HIGHEST_PROTOCOL)
        self._stream.flush()

    def recv(self) -> object:
        """Wait for a value; raises EOFError when the other end is gone."""
        return pickle.load(self._stream)

    def fileno(self) -> int:
        """Return the socket's descriptor, for select(2)."""
        return self._end.fileno()

    def poll(self, seconds: float) -> bool:
        """Whether something arrives within the time (the end of the conversation, too)."""
        return bool(select.select([self._end], [], [], seconds)[0])

    def close(self) -> None:
        """End the conversation; harmless twice."""
        with suppress(OSError):  # the other end is gone and something was left to send
            self._stream.close()
        self._end.close()
