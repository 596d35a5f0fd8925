"""Stays with a process as its tracer, and holds it still when something happens to it.

Every thread is seized and runs on; those that are born are traced from their first instruction.
A signal to any of them stops it before the delivery, and is delivered afterwards as it was: exit
status, core file and parent are as without us. When this process ends, however it does, the kernel
lets every thread go the same way.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dumpengine.backends.linux import procfs, ptrace
from dumpengine.backends.linux.access import SENTINEL
from dumpengine.backends.linux.conversation import GoOn, Guard, Guarding, Held, Hold, Released
from dumpengine.backends.linux.faults import CRASHES, Fault, ends_it, fault_of, true_fault
from dumpengine.backends.linux.faults import signal_name as name_of
from dumpengine.backends.linux.messages import Messages
from dumpengine.backends.linux.process import check_identity, process_info
from dumpengine.backends.linux.ptrace import WaitStatus
from dumpengine.backends.linux.restarts import make_again
from dumpengine.backends.linux.standing import read_all
from dumpengine.backends.linux.traced import TracedProcess
from dumpengine.backends.protocol import CatchKind, Caught, LetGo
from dumpengine.errors import DumpError
from dumpengine.snapshot import Absent

MOST_SIGNALS = (
    3000  # a second: each costs the process a tenth of a millisecond more than without us
)
_PATIENCE = 3  # seconds in a row with more
_LOOK = 1.0  # seconds between two looks whether who asked is still there
_STOPS = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


def stay_with(order: Guard, connection: Messages) -> None:
    """Serve one conversation, to the end of the process or of the conversation."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(SENTINEL)
    try:
        check_identity(order.pid, order.started)
        wakeup = _wake_on_events()
        sentinel = _Sentinel(order, connection)
        sentinel.process.seize_all()
    except (DumpError, OSError) as error:
        connection.send(error)
        return
    connection.send(Guarding())
    asker = os.getppid()
    while sentinel.look():
        ready, _, _ = select.select([wakeup, connection.fileno()], [], [], _LOOK)
        if wakeup in ready:
            os.read(wakeup, 4096)
        if connection.fileno() in ready:
            sentinel.converse()
        if not ready and procfs.is_doomed(asker):
            return


def _wake_on_events() -> int:
    """Return a descriptor that is readable when a thread has stopped or ended."""
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    return reading


class _Sentinel:
    def __init__(self, order: Guard, connection: Messages) -> None:
        self._catches = order.catches
        self._connection = connection
        self.process = TracedProcess(order.pid, exits=order.catches.exit)
        self._waiting: deque[tuple[int, WaitStatus]] = deque()
        self._faults: dict[int, Fault] = {}
        self._crash: Fault | None = None
        self._exit_told = False
        self._rate = Rate()

    def look(self) -> bool:
        """Deal with all that has happened; returns whether the process is still there."""
        while event := self._next():
            self._deal_with(*event)
            if self._rate.too_high():
                self._let_go()
                return False
        if not self.process.is_empty:
            return True
        self._connection.send(LetGo(""))
        return False

    def _next(self) -> tuple[int, WaitStatus] | None:
        return self._waiting.popleft() if self._waiting else ptrace.next_event()

    def _let_go(self) -> None:
        self._connection.send(
            LetGo(
                f"It gets more than {MOST_SIGNALS:,} signals a second; watching for crashes would "
                "slow it down too much, and has ended."
            )
        )

    def _deal_with(self, tid: int, status: WaitStatus) -> None:
        try:
            self._deal(tid, status)
        except OSError as error:
            if not ptrace.is_gone(error):  # killed meanwhile: its end is the next event
                raise

    def _deal(self, tid: int, status: WaitStatus) -> None:
        process = self.process
        if status.ended:
            process.has_ended(tid)
            self._faults.pop(tid, None)
        elif not process.knows(tid):
            ptrace.detach(tid)  # a process that clone(2) made without SIGCHLD: none of ours
        elif status.event == ptrace.PTRACE_EVENT_STOP and status.signal in _STOPS:
            ptrace.listen(tid)
        elif status.event == ptrace.PTRACE_EVENT_EXIT:
            self._exits(tid, status)
        elif status.event:
            if status.event == ptrace.PTRACE_EVENT_EXEC:
                process.has_become_another(tid)
            process.resume(tid)
        else:
            self._gets_signal(tid, status)

    def _exits(self, tid: int, status: WaitStatus) -> None:
        if not self._exit_told and self._catches.exit and self.process.ends_with(tid):
            self._exit_told = True
            number = ptrace.event_message(tid)
            if os.WIFSIGNALED(number):
                words = f"ends by {name_of(os.WTERMSIG(number))}"
            else:
                words = f"exits with code {os.WEXITSTATUS(number)}"
            self._catch(
                tid, status, Caught(kind=CatchKind.EXIT, tid=tid, number=number, words=words)
            )
        ptrace.resume(tid)

    def _gets_signal(self, tid: int, status: WaitStatus) -> None:
        self._rate.count()
        number = status.signal
        if number in CRASHES:
            self._may_crash(tid, status)
        self.process.resume(tid, number)

    def _may_crash(self, tid: int, status: WaitStatus) -> None:
        number, catches = status.signal, self._catches
        fault = fault_of(tid)
        fatal = ends_it(self.process.pid, tid, number)
        if fatal and catches.crash:
            kind = CatchKind.CRASH
        elif catches.first and catches.code in (0, number):
            kind = CatchKind.FIRST_CHANCE
        else:
            kind = None
        if kind is not None:
            self._crash = true_fault(self.process.pid, fault, self._faults.get(tid))
            words = f"{name_of(number)} in thread {tid}"
            words += "" if fatal else ", which it may handle"
            self._catch(tid, status, Caught(kind=kind, tid=tid, number=number, words=words))
            self._crash = None
        if fault.information.is_fault:
            self._faults[tid] = fault

    def _catch(self, tid: int, status: WaitStatus, caught: Caught) -> None:
        """Stand still until all that is wanted of it has been done."""
        self._waiting.appendleft((tid, status))
        self._connection.send(caught)
        while not isinstance(order := self._connection.recv(), GoOn):
            self._follow(order)
        self._waiting.remove((tid, status))

    def converse(self) -> None:
        """Do what is asked for at any time; raises EOFError at the end of the conversation."""
        self._follow(self._connection.recv())

    def _follow(self, order: object) -> None:
        if not isinstance(order, Hold):
            return  # the release of what ended itself
        try:
            held = self._hold(order)
        except (DumpError, OSError) as error:
            self._connection.send(error)
            return
        self._connection.send(held)
        self._connection.recv()
        killed = self.process.is_dead
        self._connection.send(Released(time.perf_counter(), killed))

    def _hold(self, order: Hold) -> Held:
        """Stop every thread; those that stopped by themselves already are in the queue."""
        process = self.process
        stopped_at = time.perf_counter()
        unstopped = process.stop_all(self._waiting)
        threads = sorted({tid for tid, _ in self._waiting})
        registers = read_all(process.pid, threads, unstopped, extended=order.extended)
        return Held(
            registers=registers,
            info=process_info(process.pid),
            maps=procfs.read_bytes(f"/proc/{procfs.living_task(process.pid)}/maps"),
            image=Absent(""),
            problems=(),
            restarted=tuple(make_again(process.standing(self._waiting), registers)),
            stopped_at=stopped_at,
            released_at=None,
            exception=self._crash.record if self._crash else None,
        )


class Rate:
    """Signals a second, and whether there are too many of them for long."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._count = 0
        self._busy = 0

    def count(self) -> None:
        """One more."""
        self._count += 1

    def too_high(self) -> bool:
        """Whether watching has become a burden to the process."""
        now = self._clock()
        if now - self._since >= 1:
            busy = self._count / (now - self._since) > MOST_SIGNALS
            self._busy = self._busy + 1 if busy else 0
            self._since, self._count = now, 0
        return self._busy >= _PATIENCE
