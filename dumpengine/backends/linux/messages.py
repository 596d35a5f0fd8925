"""Python values over a socket between the two halves of one program."""

from __future__ import annotations

import pickle
import select
import socket
import struct

_SIZE = struct.Struct("<Q")


class Messages:
    """Sends and receives values.

    Nothing is read ahead: what has not been received can be seen at the descriptor. Both ends are
    this program's own: what comes in is unpickled. It is quicker to import than
    :mod:`multiprocessing.connection`, which matters to a process that starts for every dump.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, value: object) -> None:
        """Send a value; raises ConnectionError when nobody is there."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._end.sendall(_SIZE.pack(len(data)) + data)

    def recv(self) -> object:
        """Wait for a value; raises EOFError when the other end is gone."""
        (size,) = _SIZE.unpack(self._exactly(_SIZE.size))
        return pickle.loads(self._exactly(size))

    def fileno(self) -> int:
        """Return the socket's descriptor, for select(2)."""
        return self._end.fileno()

    def poll(self, seconds: float) -> bool:
        """Whether something arrives within the time (the end of the conversation, too)."""
        waiter = select.poll()  # select(2) knows no descriptor above 1023
        waiter.register(self._end, select.POLLIN)
        return bool(waiter.poll(seconds * 1000))

    def close(self) -> None:
        """End the conversation; harmless twice."""
        self._end.close()

    def _exactly(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view.nbytes:
            count = self._end.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]
        return data
