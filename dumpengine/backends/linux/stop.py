"""Holds every thread of a process still, and lets all of them go on every path.

PTRACE_SEIZE and PTRACE_INTERRUPT on each thread, then the list is read again until nothing new
appears: a thread can only be born to one that was not stopped yet, so this ends. If this process
dies at any moment the kernel detaches all threads and the target runs on.
"""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass, field
from signal import SIGTRAP
from types import TracebackType
from typing import Self

from dumpengine.backends.linux import access, procfs, ptrace
from dumpengine.backends.linux.borrow import BorrowedThread
from dumpengine.errors import E_ACCESSDENIED, E_TIMEOUT, DumpError, no_such_process
from dumpengine.snapshot import SoftError

STOP_DEADLINE = 2.0  # seconds a thread may take
_SLEEP_DEADLINE = 0.5  # one in uninterruptible sleep may never stop, and holds up all others
_ASLEEP = (
    "it did not stop in time (uninterruptible sleep); only its stack pointer, instruction pointer "
    "and system call are known"
)
_TRIES = 3  # of what a very busy machine makes fail
_SPIN = 0.002  # seconds of polling without sleeping; most threads stop within microseconds


@dataclass(slots=True)
class StoppedProcess:
    """The threads of ``pid`` under our control: a context manager that releases them.

    ``threads`` are the stopped ones in the order of their ids, ``unstopped`` those that could not
    be stopped with the reason; ``group_stopped`` says that it had been stopped before us.
    ``stopped_at`` and ``released_at`` are ``time.perf_counter()``; ``killed`` says that
    the process ended before it was released.
    """

    pid: int
    threads: list[int] = field(default_factory=list)
    unstopped: dict[int, str] = field(default_factory=dict)
    problems: list[SoftError] = field(default_factory=list)
    group_stopped: bool = False
    killed: bool = False
    stopped_at: float = 0.0
    released_at: float | None = None
    _signals: dict[int, int] = field(default_factory=dict)
    _seized: set[int] = field(default_factory=set)
    _late: set[int] = field(default_factory=set)
    _lent: dict[int, BorrowedThread] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.stopped_at = time.perf_counter()
        try:
            self._stop_all()
        except BaseException:
            # Only a stopped thread can be let go.
            self._await_stops(self._interrupt([t for t in self._seized if t not in self.threads]))
            self.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    @property
    def pause_ms(self) -> float:
        """How long the threads have stood still, in milliseconds."""
        return ((self.released_at or time.perf_counter()) - self.stopped_at) * 1000

    def release(self) -> None:
        """Let all threads run on, with the signals they were about to get. Harmless twice."""
        if self.released_at is not None:
            return
        stopped = self._seized - self._late - self._lent.keys()
        gone = [tid for tid in stopped if not self._detach(tid)]
        self.killed = bool(self.threads) and len(gone) == len(stopped)
        self._seized.clear()
        self.released_at = time.perf_counter()
        for tid in gone:
            self._bury(tid)
        self.look_after()

    def lend(self, thread: BorrowedThread) -> None:
        """Leave a borrowed thread that does not stop to us: it is mended as soon as it does."""
        self._lent[thread.tid] = thread

    @property
    def whole(self) -> bool:
        """Whether no thread is left that we would still have to put back."""
        return not self._lent

    def look_after(self) -> None:
        """Do what cannot wait while the threads are held, or the image is; call it now and then."""
        self._mend_lent()
        if self.released_at is None:
            self._bury_dead()
        else:
            self._let_late_go()

    def _mend_lent(self) -> None:
        for tid, thread in list(self._lent.items()):
            if thread.mend():
                del self._lent[tid]
                if self.released_at is not None:
                    self._detach(tid)

    def _let_late_go(self) -> None:
        """Let those go that stop only now: nothing else would before the conversation's end."""
        for tid in list(self._late):
            status = ptrace.poll(tid)
            if status is None:
                continue
            self._late.discard(tid)
            self._signals[tid] = status.pending_signal
            if status.ended:
                self._bury(tid)
            else:
                self._detach(tid)

    def _detach(self, tid: int) -> bool:
        """Let one thread go; returns whether it was there to be let go."""
        try:
            ptrace.detach(tid, self._signals.get(tid, 0))
        except OSError as error:
            if not ptrace.is_gone(error):
                raise
            if tid != self.pid:
                ptrace.bury(tid)
            return False
        return True

    def _bury(self, tid: int) -> None:
        """Let a thread go that is dying: it can only be once it is dead, some microseconds later.

        The main thread's end may be ours to learn of as its parent, and is left alone.
        """
        deadline = time.perf_counter() + STOP_DEADLINE
        while tid != self.pid and time.perf_counter() < deadline:
            status = ptrace.poll(tid)
            if status is not None and status.ended:
                ptrace.bury(tid)
                return
            time.sleep(0.0005)

    def _bury_dead(self) -> None:
        """Let a process that was killed go: until then its parent does not learn of its end."""
        if not self._seized or not procfs.is_dead(self.pid):
            return
        for tid in list(self._seized):
            status = ptrace.poll(tid)
            if status is not None and status.ended:
                self._seized.discard(tid)
                self._late.discard(tid)
                ptrace.bury(tid)

    def held_signal(self, tid: int) -> int:
        """Return the signal a thread was about to get when it stopped, 0 for none."""
        return self._signals.get(tid, 0)

    def _stop_all(self) -> None:
        # Seizing stops nothing: with all of them seized first, the pause is shorter.
        self._stop_new()
        for _ in range(_TRIES):
            if self.threads or self._all_sleep(self._late):
                break
            # Nothing stands still yet, so more patience costs the target nothing.
            self._await_late()
            self._stop_new()
        self.threads.sort()
        # Where all of them sleep uninterruptibly, nothing runs that would have to be held.
        if not self.threads and not self._all_sleep(self._late):
            raise self._nothing_stopped()

    def _stop_new(self) -> None:
        while new := self._seize_new():
            self._await_stops(self._interrupt(new))

    def _await_late(self) -> None:
        """Wait once more for those that were given up."""
        late, self._late = self._late, set()
        self.problems.clear()
        for tid in late:
            del self.unstopped[tid]
        self._await_stops(list(late))

    def _seize_new(self) -> list[int]:
        new = []
        for tid in self._task_ids():
            if tid not in self._seized and tid not in self.unstopped and self._seize(tid):
                new.append(tid)
        return new

    def _task_ids(self) -> list[int]:
        try:
            return procfs.task_ids(self.pid)
        except FileNotFoundError:
            raise no_such_process(self.pid) from None

    def _seize(self, tid: int) -> bool:
        try:
            ptrace.seize(tid)
        except OSError as error:
            return self._refused(tid, error)
        self._seized.add(tid)
        return True

    def _interrupt(self, tids: list[int]) -> list[int]:
        """Ask seized threads to stop; returns those that are still there."""
        if not self.threads:
            self.stopped_at = time.perf_counter()
        return [tid for tid in tids if self._ask_to_stop(tid)]

    def _ask_to_stop(self, tid: int) -> bool:
        try:
            ptrace.interrupt(tid)
        except OSError as error:
            if not ptrace.is_gone(error):
                raise
            self._note(tid, ptrace.WaitStatus(ended=True))
            return False
        return True

    def _refused(self, tid: int, error: OSError) -> bool:
        """Handle a thread that cannot be seized: it left, it is a zombie, or it is forbidden."""
        if ptrace.is_gone(error):
            return False
        try:
            state = procfs.read_stat(self.pid, tid).state
        except OSError:
            return False
        if state not in "ZX":
            return self._seize_again(tid, error)
        if tid == self.pid:
            # pthread_exit of the main thread leaves a zombie leader behind; the others run on.
            self.unstopped[tid] = "it has ended and waits for the others"
        return False

    def _seize_again(self, tid: int, error: OSError) -> bool:
        """Try once more what may be refused for a moment: a thread that is just leaving."""
        for _ in range(_TRIES if access.why_not(self.pid) is None else 0):
            time.sleep(0.001)
            try:
                ptrace.seize(tid)
            except OSError as again:
                if ptrace.is_gone(again):
                    return False
                error = again
            else:
                self._seized.add(tid)
                return True
        raise self._denied(error)

    def _denied(self, error: OSError) -> DumpError:
        if error.errno not in (errno.EPERM, errno.EACCES):
            return DumpError.from_os_error(error, pid=self.pid)
        return self._no_right()

    def _await_stops(self, tids: list[int]) -> None:
        waiting = set(tids)
        started = time.perf_counter()
        while waiting:
            for tid in list(waiting):
                status = ptrace.poll(tid)
                if status is not None:
                    waiting.discard(tid)
                    self._note(tid, status)
            elapsed = time.perf_counter() - started
            if elapsed > STOP_DEADLINE or (elapsed > _SLEEP_DEADLINE and self._all_sleep(waiting)):
                break
            if waiting and elapsed > _SPIN:
                time.sleep(0.0005)
        for tid in waiting:
            self._give_up(tid)

    def _note(self, tid: int, status: ptrace.WaitStatus) -> None:
        if status.ended:
            self._seized.discard(tid)
            if tid != self.pid:
                ptrace.bury(tid)
            return
        self.threads.append(tid)
        # Stopped by a signal before we came (state T), and to stay so when we go.
        self.group_stopped |= status.event == ptrace.PTRACE_EVENT_STOP and status.signal != SIGTRAP
        if status.pending_signal:
            self._signals[tid] = status.pending_signal

    def _all_sleep(self, tids: set[int]) -> bool:
        """Whether all of them are in uninterruptible sleep (state D)."""
        return {self._state(tid) for tid in tids} == {"D"}

    def _state(self, tid: int) -> str:
        try:
            return procfs.read_stat(self.pid, tid).state
        except OSError:
            return "X"

    def _give_up(self, tid: int) -> None:
        # It stays seized: the stop may come later.
        self._late.add(tid)
        reason = _ASLEEP if self._state(tid) == "D" else "it did not stop in time"
        self.unstopped[tid] = reason
        self.problems.append(SoftError(f"thread {tid}", reason))

    def _nothing_stopped(self) -> DumpError:
        if not os.path.exists(f"/proc/{self.pid}"):
            return no_such_process(self.pid)
        if access.why_not(self.pid) is None:
            cause = "No thread of it stopped in time: the process or the machine is very busy."
            return DumpError(E_TIMEOUT, cause, pid=self.pid)
        return self._no_right()

    def _no_right(self) -> DumpError:
        obstacle = access.why_not(self.pid)
        if obstacle is None:
            return DumpError(E_ACCESSDENIED, pid=self.pid)
        return obstacle.to_error(self.pid)
