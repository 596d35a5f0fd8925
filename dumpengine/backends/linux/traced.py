"""The threads of a process that stays traced: which there are, stopping them, letting them run."""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from dumpengine.backends.linux import access, amd64, procfs, ptrace
from dumpengine.backends.linux.ptrace import WaitStatus
from dumpengine.backends.linux.restarts import make_one_again
from dumpengine.errors import E_ACCESSDENIED, DumpError, no_such_process

_STOP_DEADLINE = 1.0  # seconds a thread may take; one in uninterruptible sleep may never stop
_PAUSE = 0.0005
# By the size of the register set: offset and size of orig_rax (orig_eax), and exit(2) there.
_EXIT_CALLS = {amd64.REGSET_SIZE: (15 * 8, 8, 60), 68: (11 * 4, 4, 1)}


@dataclass(slots=True)
class TracedProcess:
    """Process ``pid``; with ``exits`` its threads stop at their end."""

    pid: int
    exits: bool = False
    _threads: set[int] = field(default_factory=set)

    @property
    def is_empty(self) -> bool:
        """Whether no thread is left."""
        return not self._threads

    @property
    def is_dead(self) -> bool:
        """Whether it was killed while it stood still."""
        return procfs.is_dead(procfs.living_task(self.pid)) if self._there() else True

    def _there(self) -> bool:
        return os.path.exists(f"/proc/{self.pid}")

    def seize_all(self) -> None:
        """Begin to trace every thread; none of them stops. Raises DumpError."""
        options = ptrace.PTRACE_O_TRACECLONE | ptrace.PTRACE_O_TRACEEXEC
        options |= ptrace.PTRACE_O_TRACEEXIT * self.exits
        while new := [tid for tid in self._tasks() if tid not in self._threads]:
            if not sum([self._seize(tid, options) for tid in new]):
                break
        if self.is_empty:
            raise no_such_process(self.pid)

    def _tasks(self) -> list[int]:
        try:
            return procfs.task_ids(self.pid)
        except FileNotFoundError:
            raise no_such_process(self.pid) from None

    def _seize(self, tid: int, options: int) -> bool:
        try:
            ptrace.seize(tid, options)
        except OSError as error:
            if ptrace.is_gone(error) or self._is_over(tid):
                return False
            if not self._is_ours(tid):  # else it was born to a traced one
                obstacle = access.why_not(self.pid)
                raise (
                    obstacle.to_error(self.pid)
                    if obstacle
                    else DumpError(E_ACCESSDENIED, pid=self.pid)
                ) from error
        self._threads.add(tid)
        return True

    def _is_over(self, tid: int) -> bool:
        try:
            return procfs.read_stat(self.pid, tid).state in "ZX"
        except OSError:
            return True

    def _is_ours(self, tid: int) -> bool:
        try:
            return procfs.read_status(self.pid, tid).get("TracerPid") == str(os.getpid())
        except OSError:
            return True

    def knows(self, tid: int) -> bool:
        """Whether it is a thread of the process; a new one is known from now on."""
        if tid not in self._threads and os.path.exists(f"/proc/{self.pid}/task/{tid}"):
            self._threads.add(tid)
        return tid in self._threads

    def has_ended(self, tid: int) -> None:
        """A thread has ended."""
        self._threads.discard(tid)

    def has_become_another(self, tid: int) -> None:
        """It runs another program: only the thread that asked for it is left, under its id."""
        self._threads = {tid}

    def resume(self, tid: int, number: int = 0) -> None:
        """Let a thread run on, with a signal; a call that only we interrupted is made again."""
        with suppress(OSError):
            make_one_again(Standing(self.pid, {tid: number}), tid)
        ptrace.resume(tid, number)

    def ends_with(self, tid: int) -> bool:
        """Whether the process ends with this thread, which is ending: not all by itself."""
        if os.WIFSIGNALED(ptrace.event_message(tid)):
            return True
        regset = ptrace.get_regset(tid, ptrace.NT_PRSTATUS)
        offset, size, exit_call = _EXIT_CALLS.get(len(regset), (0, 0, -1))
        call = int.from_bytes(regset[offset : offset + size], "little")
        return call != exit_call or all(self._is_over(t) for t in self._tasks() if t != tid)

    def stop_all(self, stopped: deque[tuple[int, WaitStatus]]) -> dict[int, str]:
        """Stop every thread that runs, and put it in the queue of those that ``stopped``.

        Returns those that do not stop, and why.
        """
        deadline = time.perf_counter() + _STOP_DEADLINE
        asked: set[int] = set()
        while missing := self._running(stopped):
            for tid in missing - asked:
                with suppress(OSError):
                    ptrace.interrupt(tid)
            asked |= missing
            event = ptrace.next_event()
            if event is not None:
                self._note(*event, stopped)
            elif time.perf_counter() > deadline:
                return dict.fromkeys(missing, "it did not stop in time")
            else:
                time.sleep(_PAUSE)
        return {}

    def _running(self, stopped: deque[tuple[int, WaitStatus]]) -> set[int]:
        standing = {tid for tid, _ in stopped}
        return {tid for tid in self._tasks() if tid not in standing and not self._is_over(tid)}

    def _note(self, tid: int, status: WaitStatus, stopped: deque[tuple[int, WaitStatus]]) -> None:
        if status.ended:
            self.has_ended(tid)
        else:
            stopped.append((tid, status))

    def standing(self, stopped: deque[tuple[int, WaitStatus]]) -> Standing:
        """Return the process as what makes calls again wants it."""
        return Standing(self.pid, {tid: status.pending_signal for tid, status in stopped})


@dataclass(frozen=True, slots=True)
class Standing:
    """Threads that stand still, with the signals they were about to get."""

    pid: int
    signals: dict[int, int]

    def held_signal(self, tid: int) -> int:
        """Return a thread's signal, 0 for none."""
        return self.signals.get(tid, 0)
