"""Runs system calls in a stopped thread (x86-64) and leaves no trace of it.

The thread's registers point at a ``syscall`` instruction for the moment, everything else stays:
it runs not one instruction of the program. Its whole register set is put back at a stop of the
same kind as the one it was taken at, so an interrupted system call restarts as if nothing had
been (the kernel decides that from rax and orig_rax when the thread leaves the stop).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from dumpengine.backends.linux import libc, ptrace
from dumpengine.backends.linux.registers import AMD64_NAMES, SYSCALL_ARGUMENTS

_PTRACE_GETSIGMASK = 0x420A
_PTRACE_SETSIGMASK = 0x420B
_SYSCALL_STOP = 0x85  # SIGTRAP | 0x80, with PTRACE_O_TRACESYSGOOD
_NO_SYSCALL = 0xFFFFFFFFFFFFFFFF
_ALL_SIGNALS = 0xFFFFFFFFFFFFFFFF
_DEADLINE = 10.0  # seconds; copying page tables takes about 15 ms a GiB
_SPIN = 0.001
_CODEC = struct.Struct(f"<{len(AMD64_NAMES)}Q")

OPTIONS = ptrace.PTRACE_O_TRACESYSGOOD | ptrace.PTRACE_O_TRACECLONE


class RemoteError(OSError):
    """A system call in another process failed; ``errno`` is what it returned."""


@dataclass(slots=True)
class RemoteThread:
    """A stopped thread that makes system calls for us: a context manager.

    ``syscall_address`` is where a ``syscall`` instruction lies. ``options`` are the PTRACE_O_* it
    has meanwhile. ``signals`` are ones that could not be blocked and must be sent again.
    """

    tid: int
    syscall_address: int
    options: int = OPTIONS
    signals: list[int] = field(default_factory=list)
    new_thread: int = 0
    _saved: bytes = b""
    _mask: int = 0

    def __enter__(self) -> Self:
        self._saved = ptrace.get_regset(self.tid, ptrace.NT_PRSTATUS)
        self._mask = _signal_mask(self.tid)
        ptrace.set_options(self.tid, self.options)
        # A signal delivered here would run its handler with our registers.
        _set_signal_mask(self.tid, _ALL_SIGNALS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            ptrace.set_regset(self.tid, ptrace.NT_PRSTATUS, self._saved)
            _set_signal_mask(self.tid, self._mask)
            ptrace.set_options(self.tid, 0)
        except OSError as failure:
            if not ptrace.is_gone(failure):  # killed meanwhile: nothing to put back
                raise

    def call(self, number: int, *arguments: int) -> int:
        """Make one system call; returns its result, raises RemoteError for an error."""
        self._aim(number, arguments)
        self._run_to_syscall_stop()
        self._run_to_syscall_stop()
        result = self._registers()["rax"]
        self._leave_syscall()
        if result >= 1 << 63:
            number = (1 << 64) - result
            raise RemoteError(number, os.strerror(number))
        return result

    def call_for_int(self, number: int, first: int) -> int:
        """Make a system call that stores an ``int`` through its second argument; returns that.

        The top of the thread's stack lends the place, and has back what was there.
        """
        place = self._registers()["rsp"] & -8
        word = ptrace.peek_data(self.tid, place)
        try:
            self.call(number, first, place)
            return ptrace.peek_data(self.tid, place) & 0xFFFFFFFF
        finally:
            ptrace.poke_data(self.tid, place, word)

    def _aim(self, number: int, arguments: tuple[int, ...]) -> None:
        values = dict(zip(AMD64_NAMES, _CODEC.unpack(self._saved), strict=True))
        values |= dict(zip(SYSCALL_ARGUMENTS, arguments, strict=False))
        values |= {"rax": number, "orig_rax": _NO_SYSCALL, "rip": self.syscall_address}
        data = _CODEC.pack(*(values[name] for name in AMD64_NAMES))
        ptrace.set_regset(self.tid, ptrace.NT_PRSTATUS, data)

    def _registers(self) -> dict[str, int]:
        data = ptrace.get_regset(self.tid, ptrace.NT_PRSTATUS)
        return dict(zip(AMD64_NAMES, _CODEC.unpack(data), strict=True))

    def _run_to_syscall_stop(self) -> None:
        ptrace.resume(self.tid, to_syscall=True)
        while (status := self._wait()).signal != _SYSCALL_STOP:
            if status.event == ptrace.PTRACE_EVENT_CLONE:
                self.new_thread = ptrace.event_message(self.tid)
            elif status.pending_signal:
                self.signals.append(status.pending_signal)
            ptrace.resume(self.tid, to_syscall=True)

    def _leave_syscall(self) -> None:
        """Go from the system call's exit to a stop at which registers may be put back."""
        ptrace.interrupt(self.tid)
        ptrace.resume(self.tid)
        while (status := self._wait()).event != ptrace.PTRACE_EVENT_STOP:
            if status.pending_signal:
                self.signals.append(status.pending_signal)
            ptrace.resume(self.tid)

    def _wait(self) -> ptrace.WaitStatus:
        status = wait_for(self.tid)
        if status.ended:
            raise ProcessLookupError(errno.ESRCH, "it was killed meanwhile")
        return status


def wait_for(tid: int) -> ptrace.WaitStatus:
    """Wait for the next stop or the end of a thread; raises TimeoutError after 10 s."""
    started = time.perf_counter()
    while True:
        status = ptrace.poll(tid)
        if status is not None:
            return status
        elapsed = time.perf_counter() - started
        if elapsed > _DEADLINE:
            raise TimeoutError(errno.ETIMEDOUT, f"thread {tid} does not stop")
        if elapsed > _SPIN:
            time.sleep(0.0002)


def await_birth(tid: int, options: int) -> None:
    """Wait until a new thread has stopped, before its first instruction, and set its options."""
    if wait_for(tid).ended:
        raise ProcessLookupError(errno.ESRCH, "it was killed meanwhile")
    ptrace.set_options(tid, options)


def _signal_mask(tid: int) -> int:
    mask = ctypes.c_uint64()
    libc.ptrace(_PTRACE_GETSIGMASK, tid, 8, ctypes.addressof(mask))
    return mask.value


def _set_signal_mask(tid: int, mask: int) -> None:
    value = ctypes.c_uint64(mask)
    libc.ptrace(_PTRACE_SETSIGMASK, tid, 8, ctypes.addressof(value))
