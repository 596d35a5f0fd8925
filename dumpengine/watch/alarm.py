"""Waits for the next look, for the end of a process, or for the word to stop."""

from __future__ import annotations

import selectors
import socket
import time
from contextlib import suppress


class Alarm:
    """Wakes up early when something becomes readable, or on :meth:`ring` from anywhere."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)
        self._selector.register(self._ours, selectors.EVENT_READ)

    def add(self, fd: int) -> None:
        """Wake up for this descriptor, too; -1 is none."""
        if fd >= 0:
            self._selector.register(fd, selectors.EVENT_READ)

    def remove(self, fd: int) -> None:
        """Wake up for it no more."""
        if fd >= 0:
            self._selector.unregister(fd)

    def ring(self) -> None:
        """Wake up now; may be called from a signal handler or another thread."""
        with suppress(OSError):  # it rings already, or nobody waits any more
            self._theirs.send(b".")

    def wait_until(self, when: float) -> None:
        """Return at that time (``time.monotonic()``) or when there is something."""
        for key, _ in self._selector.select(max(0.0, when - time.monotonic())):
            if key.fileobj is self._ours:
                self._ours.recv(4096)

    def close(self) -> None:
        """Free what it holds."""
        self._selector.close()
        self._ours.close()
        self._theirs.close()
