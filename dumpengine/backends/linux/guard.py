"""Our end of the conversation with a sentinel, the tracer that stays with one process."""

from __future__ import annotations

import socket
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dumpengine.backends.linux.conversation import GoOn, Guard, Guarding
from dumpengine.backends.linux.held import Holder
from dumpengine.backends.linux.holding import freezes
from dumpengine.backends.linux.messages import Messages
from dumpengine.backends.linux.os_errors import os_errors
from dumpengine.backends.linux.tracer_process import start_tracer
from dumpengine.backends.protocol import Catches, Caught, Freezes, LetGo
from dumpengine.errors import E_FAIL, DumpError

_PATIENCE = 5.0  # seconds the sentinel may take to end


class LinuxGuard:
    """See :class:`dumpengine.backends.protocol.Guard`; raises DumpError when it may not trace."""

    def __init__(self, pid: int, started: float, catches: Catches) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = start_tracer(theirs)
        self._connection = Messages(ours)
        self._heard: deque[Caught | LetGo] = deque()
        try:
            with os_errors(pid):
                assert isinstance(self.ask(Guard(pid, started, catches)), Guarding)
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        """See the protocol."""
        return self._connection.fileno()

    def hear(self) -> Caught | LetGo | None:
        """See the protocol."""
        if not self._heard and self._connection.poll(0):
            self._heard.append(self._receive())
        return self._heard.popleft() if self._heard else None

    def _receive(self) -> Caught | LetGo:
        try:
            said = self._connection.recv()
        except (EOFError, ConnectionError):
            return LetGo("The tracer that watched it has ended.")
        if isinstance(said, DumpError):
            return LetGo(said.cause)
        assert isinstance(said, Caught | LetGo)
        return said

    def go_on(self) -> None:
        """See the protocol."""
        with suppress(ConnectionError):
            self._connection.send(GoOn())

    @contextmanager
    def ready(self) -> Iterator[Freezes]:
        """See the protocol."""
        yield freezes(_Hold(self), may_clone=False)

    def ask(self, question: object) -> object:
        """Return the answer to a question; what is heard before it is kept."""
        try:
            self._connection.send(question)
            while isinstance(answer := self._connection.recv(), Caught | LetGo):
                self._heard.append(answer)
        except (EOFError, ConnectionError):
            raise DumpError(E_FAIL, "The tracer that watched it has ended.") from None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        """See the protocol."""
        self._connection.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)


class _Hold(Holder):
    """One capture through the sentinel."""

    def __init__(self, guard: LinuxGuard) -> None:
        super().__init__()
        self._guard = guard

    def _ask(self, question: object) -> object:
        return self._guard.ask(question)

    def close(self) -> None:
        """See Holder."""
        self._stop.close()
        if self._held is not None and not self.running:
            with suppress(DumpError, OSError):
                self.release()
