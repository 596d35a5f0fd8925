"""Our end of the conversation with the tracer process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from dumpengine.backends.linux import libc
from dumpengine.backends.linux.conversation import Held, Hold, Released
from dumpengine.backends.linux.messages import Messages
from dumpengine.backends.linux.priority import first_in_line
from dumpengine.backends.linux.tracer_process import TracerProcess, start_tracer
from dumpengine.errors import E_FAIL, DumpError

_PATIENCE = 5.0  # seconds the tracer may take to end after the conversation
_left: list[TracerProcess] = []  # not collected: a Popen without an owner complains


class Holder(ABC):
    """Holds one process still, through whoever traces it."""

    def __init__(self) -> None:
        self._held: Held | None = None
        self._released_at: float | None = None
        self._stop = ExitStack()  # what lasts as long as the process stands still

    @abstractmethod
    def _ask(self, question: object) -> object:
        """Return the answer; raises what was answered, or DumpError when nobody does."""

    @abstractmethod
    def close(self) -> None:
        """Let the process run on; harmless twice."""

    def hold(self, order: Hold) -> Held:
        """Stop the process and look at it; raises DumpError, or OSError for the system's own."""
        self._stop.enter_context(first_in_line())
        answer = self._ask(order)
        assert isinstance(answer, Held)
        self._held = answer
        self._released_at = answer.released_at
        if self.running:
            self._stop.close()
        return answer

    @property
    def pause_ms(self) -> float:
        """How long the process has stood still, in milliseconds."""
        if self._held is None:
            return 0.0
        return ((self._released_at or time.perf_counter()) - self._held.stopped_at) * 1000

    @property
    def running(self) -> bool:
        """Whether the process runs again."""
        return self._released_at is not None

    def release(self) -> None:
        """Let the process run on; harmless twice.

        Raises ProcessLookupError when it was killed meanwhile: what was read of it since may be
        zeros that never were in its memory.
        """
        if self._released_at is None:
            answer = self._ask(None)
            assert isinstance(answer, Released)
            self._released_at = answer.released_at
            self._stop.close()
            if answer.killed:
                raise ProcessLookupError("it was killed while it was being read")


class Tracer(Holder):
    """The tracer process, started and waiting for one order: a context manager that ends it."""

    def __init__(self) -> None:
        super().__init__()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = start_tracer(theirs)
        self._connection = Messages(ours)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the process run on and wait for the tracer's end; harmless twice.

        A tracer that still has a thread to put back, frozen by its control group, is left to it: it
        belongs to no terminal, and ends by itself when the thread runs again.
        """
        self._stop.close()
        self._connection.close()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            _left.append(self._process)

    def hold(self, order: Hold) -> Held:
        """See Holder."""
        if order.pid == os.getpid():
            # Yama lets a process be traced by its own child only when it names it.
            with suppress(OSError):
                libc.prctl(libc.PR_SET_PTRACER, self._process.pid)
        return super().hold(order)

    def _ask(self, question: object) -> object:
        try:
            self._connection.send(question)
            answer = self._connection.recv()
        except (EOFError, ConnectionError):
            raise DumpError(E_FAIL, f"The tracer process ended {self._ending()}.") from None
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _ending(self) -> str:
        code = self._process.wait(_PATIENCE)
        return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
