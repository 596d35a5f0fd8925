"""Borrows a stopped thread for system calls of ours; it mends itself whatever becomes of us.

At every moment the thread is one ``ret`` away from a signal frame that holds its own registers,
signal mask and floating-point state (see :mod:`dumpengine.backends.linux.amd64`). Should all of us
be killed, the kernel lets the thread go and it returns through the frame. When nothing goes wrong
it never does: its registers are put back at a stop of the same kind as the one they were taken at,
where the kernel makes interrupted calls again as if nothing had been.
"""

from __future__ import annotations

import ctypes
import errno
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from signal import SIGTRAP
from types import TracebackType
from typing import Self

from dumpengine.backends.linux import amd64, libc, ptrace
from dumpengine.backends.linux.amd64 import Gadgets
from dumpengine.backends.linux.dead_stack import dead_stack
from dumpengine.backends.linux.registers import SYSCALL_ARGUMENTS
from dumpengine.backends.linux.rseq import outside_sequences
from dumpengine.format.proc_maps import Mapping
from dumpengine.snapshot import Range

_PTRACE_GETSIGMASK = 0x420A
_PTRACE_SETSIGMASK = 0x420B
_SYSCALL_STOP = 0x85  # SIGTRAP | 0x80, with PTRACE_O_TRACESYSGOOD
_PATIENCE = 0.5  # seconds a thread may take to run to its next stop
_SPIN = 0.001

OPTIONS = ptrace.PTRACE_O_TRACESYSGOOD | ptrace.PTRACE_O_TRACECLONE


class RemoteError(OSError):
    """A system call in another process failed; ``errno`` is what it returned."""


class StalledError(TimeoutError):
    """A borrowed thread does not run: frozen, or without processor time."""


@dataclass(slots=True)
class BorrowedThread:
    """A stopped thread that makes system calls for us: a context manager that gives it back.

    ``room`` is where its way back lies, ``frame`` what lies there from ``home`` on. ``signals`` are
    ones that could not be blocked and must be sent again; ``new_thread`` is the last one it made.
    An ``overdue`` thread is not given back yet: :meth:`mend` does it as soon as it stops.
    """

    tid: int
    gadgets: Gadgets
    room: Range
    frame: bytes
    saved: bytes
    mask: int
    signals: list[int] = field(default_factory=list)
    new_thread: int = 0
    overdue: bool = False
    _under: bytes = b""
    _masked: bool = False
    _undo: bool = False
    _hurried: bool = False

    def __enter__(self) -> Self:
        with TargetMemory(self.tid) as memory:
            self._under = memory.read(self.room)
            memory.write(self.home, self.frame)
        ptrace.set_options(self.tid, OPTIONS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.overdue:
            self._give_back()

    @property
    def home(self) -> int:
        """The stack pointer with which a ``ret`` gives the thread back."""
        return self.room.start + amd64.FRAME_SIZE

    def undo_with(self, number: int, *arguments: int) -> None:
        """Have it make this call on its way back should we die during the next ``call``."""
        values = dict(zip(SYSCALL_ARGUMENTS, arguments, strict=False))
        values |= {"rax": number, "rip": self.gadgets.syscall, "rsp": self.home}
        with TargetMemory(self.tid) as memory:
            memory.write(self.room.start, amd64.way_back(self.gadgets, values))
        self._undo = True

    def call(self, number: int, *arguments: int) -> int:
        """Make one system call; returns its result, raises RemoteError for an error.

        Raises StalledError when the thread does not get to it; it has not made the call then.
        """
        self._aim(number, arguments)
        self._block_signals()
        self._run_to_syscall_stop()
        self._run_to_syscall_stop()
        result = amd64.signed(self._registers()["rax"])
        self._leave_syscall()
        if -4096 < result < 0:
            raise RemoteError(-result, os.strerror(-result))
        return result

    def mend(self) -> bool:
        """Go on with an overdue thread; returns whether it is as it was (or has ended)."""
        status = ptrace.poll(self.tid)
        if status is None:
            return False
        if not status.ended and not self._stands(status):
            ptrace.resume(self.tid)
            return False
        self.overdue = False
        self._give_back()
        return True

    @property
    def overlay(self) -> dict[int, bytes]:
        """What the dead stack held before, by address: an image has our frame there instead."""
        return {self.room.start: self._under}

    def _give_back(self) -> None:
        try:
            _set_signal_mask(self.tid, self.mask)
            ptrace.set_regset(self.tid, ptrace.NT_PRSTATUS, self.saved)
            ptrace.set_options(self.tid, 0)
            with TargetMemory(self.tid) as memory:
                memory.write(self.room.start, self._under)
        except OSError as failure:
            if failure.errno not in (errno.ESRCH, errno.ENOENT, errno.EIO):
                raise  # else killed meanwhile: nothing to put back

    def _aim(self, number: int, arguments: tuple[int, ...]) -> None:
        values = amd64.unpack(self.saved)
        values |= dict(zip(SYSCALL_ARGUMENTS, arguments, strict=False))
        values |= {
            "rax": number,
            "orig_rax": amd64.NO_SYSCALL,
            "rip": self.gadgets.syscall,
            "rsp": self.room.start if self._undo else self.home,
        }
        self._undo = False
        ptrace.set_regset(self.tid, ptrace.NT_PRSTATUS, amd64.pack(values))

    def _block_signals(self) -> None:
        """Only once the registers lead to the way back, for that restores the mask too."""
        if not self._masked:
            self._masked = True
            _set_signal_mask(self.tid, amd64.ALL_SIGNALS)

    def _registers(self) -> dict[str, int]:
        return amd64.unpack(ptrace.get_regset(self.tid, ptrace.NT_PRSTATUS))

    def _run_to_syscall_stop(self) -> None:
        ptrace.resume(self.tid, to_syscall=True)
        while (status := self._wait()).signal != _SYSCALL_STOP:
            if self._stands(status) and self._hurried:
                self._hurried = False
                raise StalledError(errno.ETIMEDOUT, "it does not run")
            ptrace.resume(self.tid, to_syscall=True)

    def _leave_syscall(self) -> None:
        """Go from the system call's exit to a stop at which registers may be put back."""
        ptrace.interrupt(self.tid)
        ptrace.resume(self.tid)
        while not self._stands(self._wait()):
            ptrace.resume(self.tid)
        self._hurried = False

    def _stands(self, status: ptrace.WaitStatus) -> bool:
        """Take note of a stop; returns whether it is that of PTRACE_INTERRUPT."""
        if status.event == ptrace.PTRACE_EVENT_CLONE:
            self.new_thread = ptrace.event_message(self.tid)
        elif status.pending_signal:
            self.signals.append(status.pending_signal)
        return status.event == ptrace.PTRACE_EVENT_STOP and status.signal == SIGTRAP

    def _wait(self) -> ptrace.WaitStatus:
        status = wait_until(self.tid, _PATIENCE)
        if status is None:
            self._hurried = True
            ptrace.interrupt(self.tid)  # a thread frozen by a control group (v2) heeds it
            status = wait_until(self.tid, _PATIENCE)
        if status is None:
            self.overdue = True
            raise StalledError(errno.ETIMEDOUT, "it does not run")
        if status.ended:
            raise ProcessLookupError(errno.ESRCH, "it was killed meanwhile")
        return status


def borrow(tid: int, gadgets: Gadgets, mappings: Sequence[Mapping]) -> BorrowedThread | None:
    """Get ready to borrow a stopped 64-bit thread; None where it has no safe way back.

    A thread inside a system call is in no restartable sequence; of others it must be proven.
    """
    saved = ptrace.get_regset(tid, ptrace.NT_PRSTATUS)
    values = amd64.unpack(saved)
    if not amd64.in_system_call(values) and not outside_sequences(tid, values["rip"]):
        return None
    floating_point = amd64.floating_point_frame(_xsave(tid))
    if floating_point is None:
        return None
    size = 2 * amd64.FRAME_SIZE + len(floating_point)
    room = dead_stack(tid, values, mappings, -(-size // 64) * 64 + 64)
    if room is None:
        return None
    return _with_frame(tid, gadgets, room, saved, floating_point)


def _with_frame(
    tid: int, gadgets: Gadgets, room: Range, saved: bytes, floating_point: bytes
) -> BorrowedThread:
    """Put the frame first and the floating-point state, on a multiple of 64, behind it."""
    mask = _signal_mask(tid)
    home = room.start + amd64.FRAME_SIZE
    state = -(-(home + amd64.FRAME_SIZE) // 64) * 64
    values = amd64.resumed(amd64.unpack(saved))
    frame = amd64.way_back(gadgets, values, mask, state)
    frame = frame.ljust(state - home, b"\0") + floating_point
    return BorrowedThread(tid, gadgets, room, frame, saved, mask)


class TargetMemory:
    """Memory of a process whose threads we hold, to be changed; a context manager."""

    def __init__(self, tid: int) -> None:
        self._fd = os.open(f"/proc/{tid}/mem", os.O_RDWR | os.O_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._fd)

    def read(self, place: Range) -> bytes:
        """Return all bytes of a range; raises OSError."""
        data = os.pread(self._fd, place.size, place.start)
        if len(data) < place.size:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return data

    def write(self, address: int, data: bytes) -> None:
        """Write all of the bytes; raises OSError."""
        if os.pwrite(self._fd, data, address) < len(data):
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def wait_until(tid: int, seconds: float) -> ptrace.WaitStatus | None:
    """Wait for the next stop or the end of a thread; None when it takes longer."""
    started = time.perf_counter()
    while (status := ptrace.poll(tid)) is None:
        elapsed = time.perf_counter() - started
        if elapsed > seconds:
            return None
        if elapsed > _SPIN:
            time.sleep(0.0002)
    return status


def _xsave(tid: int) -> bytes:
    try:
        return ptrace.get_regset(tid, ptrace.NT_X86_XSTATE)
    except OSError:  # a processor without XSAVE: not borrowed from
        return b""


def _signal_mask(tid: int) -> int:
    mask = ctypes.c_uint64()
    libc.ptrace(_PTRACE_GETSIGMASK, tid, 8, ctypes.addressof(mask))
    return mask.value


def _set_signal_mask(tid: int, mask: int) -> None:
    value = ctypes.c_uint64(mask)
    libc.ptrace(_PTRACE_SETSIGMASK, tid, 8, ctypes.addressof(value))
