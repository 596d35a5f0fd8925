"""ptrace(2) requests by name, on one thread. All calls come from the OS thread that seized.

Only PTRACE_SEIZE and PTRACE_INTERRUPT are used to stop a thread: PTRACE_ATTACH can lose a signal
and leave the target stopped for good when the tracer dies at the wrong moment.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import struct
from contextlib import suppress
from dataclasses import dataclass

from dumpengine.backends.linux import libc

PTRACE_PEEKDATA = 2
PTRACE_PEEKUSER = 3
PTRACE_POKEDATA = 5
PTRACE_CONT = 7
PTRACE_DETACH = 17
PTRACE_SYSCALL = 24
PTRACE_GETEVENTMSG = 0x4201
PTRACE_SETOPTIONS = 0x4200
PTRACE_GETSIGINFO = 0x4202
PTRACE_GETREGSET = 0x4204
PTRACE_SETREGSET = 0x4205
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
PTRACE_LISTEN = 0x4208

PTRACE_O_TRACESYSGOOD = 0x1
PTRACE_O_TRACECLONE = 0x8
PTRACE_O_TRACEEXEC = 0x10
PTRACE_O_TRACEEXIT = 0x40
PTRACE_O_EXITKILL = 0x100000

PTRACE_EVENT_CLONE = 3
PTRACE_EVENT_EXEC = 4
PTRACE_EVENT_EXIT = 6
PTRACE_EVENT_STOP = 128

NT_PRSTATUS = 1
NT_PRFPREG = 2
NT_X86_XSTATE = 0x202
NT_PRXFPREG = 0x46E62B7F

_GET_SYSCALL_USER_DISPATCH_CONFIG = 0x4211
_WALL = 0x40000000
_SI_KERNEL = 0x80
_FAULTS = frozenset({signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP})
_REGSET_LIMIT = 16384  # an XSAVE image with AMX state is 11,008 bytes
_regset = ctypes.create_string_buffer(_REGSET_LIMIT)  # ptrace is one thread's business


@dataclass(frozen=True, slots=True)
class WaitStatus:
    """A thread's state change: ended, or stopped by ``signal`` with a ptrace ``event``."""

    ended: bool
    signal: int = 0
    event: int = 0

    @property
    def pending_signal(self) -> int:
        """The signal whose delivery was interrupted; it must be given back at detach."""
        return 0 if self.ended or self.event or self.signal & 0x80 else self.signal


@dataclass(frozen=True, slots=True)
class SignalInformation:
    """A signal's number, ``si_code`` and ``si_addr``, which only faults have."""

    number: int
    code: int
    address: int

    @property
    def is_fault(self) -> bool:
        """Whether an instruction of the thread's own caused it, and no process sent it."""
        return 0 < self.code < _SI_KERNEL and self.number in _FAULTS


def seize(tid: int, options: int = 0) -> None:
    """Become the tracer of a running thread without stopping it."""
    libc.ptrace(PTRACE_SEIZE, tid, 0, options)


def interrupt(tid: int) -> None:
    """Ask a seized thread to stop; the stop arrives later."""
    libc.ptrace(PTRACE_INTERRUPT, tid)


def detach(tid: int, signal: int = 0) -> None:
    """Let a stopped thread go on; ``signal`` is delivered to it."""
    libc.ptrace(PTRACE_DETACH, tid, 0, signal)


def resume(tid: int, signal: int = 0, *, to_syscall: bool = False) -> None:
    """Let a stopped thread run on under our tracing."""
    libc.ptrace(PTRACE_SYSCALL if to_syscall else PTRACE_CONT, tid, 0, signal)


def listen(tid: int) -> None:
    """Leave a thread in its group stop: it ends with SIGCONT, as if nobody traced it."""
    libc.ptrace(PTRACE_LISTEN, tid)


def signal_information(tid: int) -> SignalInformation:
    """Return what is known of the signal that a thread stopped for: siginfo_t of sigaction(2)."""
    buffer = ctypes.create_string_buffer(128)
    libc.ptrace(PTRACE_GETSIGINFO, tid, 0, ctypes.addressof(buffer))
    number, _, code, address = struct.unpack_from("<iii4xQ", buffer)
    return SignalInformation(number, code, address)


def set_options(tid: int, options: int) -> None:
    """Set PTRACE_O_* of a stopped thread."""
    libc.ptrace(PTRACE_SETOPTIONS, tid, 0, options)


def event_message(tid: int) -> int:
    """Return the message of the last event: the new thread's id after a clone."""
    value = ctypes.c_ulong()
    libc.ptrace(PTRACE_GETEVENTMSG, tid, 0, ctypes.addressof(value))
    return value.value


def get_regset(tid: int, kind: int) -> bytes:
    """Return a register set of a stopped thread (NT_PRSTATUS, ...)."""
    vector = libc.IoVec(ctypes.addressof(_regset), _REGSET_LIMIT)
    libc.ptrace(PTRACE_GETREGSET, tid, kind, ctypes.addressof(vector))
    return ctypes.string_at(_regset, vector.len)


def set_regset(tid: int, kind: int, data: bytes) -> None:
    """Replace a register set of a stopped thread."""
    buffer = ctypes.create_string_buffer(data, len(data))
    vector = libc.IoVec(ctypes.addressof(buffer), len(data))
    libc.ptrace(PTRACE_SETREGSET, tid, kind, ctypes.addressof(vector))


def peek_user(tid: int, offset: int) -> int:
    """Return a word of ``struct user``; the debug registers are reached only this way."""
    return libc.ptrace(PTRACE_PEEKUSER, tid, offset) & 0xFFFFFFFFFFFFFFFF


def peek_data(tid: int, address: int) -> int:
    """Return the 8 bytes at an address of a stopped thread's memory."""
    return libc.ptrace(PTRACE_PEEKDATA, tid, address) & 0xFFFFFFFFFFFFFFFF


def poke_data(tid: int, address: int, word: int) -> None:
    """Replace the 8 bytes at an address of a stopped thread's memory."""
    libc.ptrace(PTRACE_POKEDATA, tid, address, word)


def poll(tid: int) -> WaitStatus | None:
    """Return the thread's state change if there is one, without consuming its exit.

    Not consuming matters where the tracer is also the parent: the exit code of a process that is
    killed meanwhile belongs to whoever started it.
    """
    options = os.WSTOPPED | os.WEXITED | os.WNOHANG | os.WNOWAIT | _WALL
    try:
        info = os.waitid(os.P_PID, tid, options)
    except ChildProcessError:
        return WaitStatus(ended=True)
    if info is None:
        return None
    if info.si_code in (os.CLD_EXITED, os.CLD_KILLED, os.CLD_DUMPED):
        return WaitStatus(ended=True)
    os.waitid(os.P_PID, tid, os.WSTOPPED | os.WNOHANG | _WALL)
    return WaitStatus(ended=False, signal=info.si_status & 0xFF, event=info.si_status >> 8)


def bury(tid: int) -> None:
    """Take notice of the end of a seized thread, which stays in the process's list until then.

    The tracer is never the target's parent; that one is told of the main thread's end only now.
    """
    with suppress(ChildProcessError):
        os.waitid(os.P_PID, tid, os.WEXITED | os.WNOHANG | _WALL)


def redirects_system_calls(tid: int) -> bool:
    """Whether the thread has its system calls dispatched to itself (PR_SET_SYSCALL_USER_DISPATCH).

    Kernels before 6.4 cannot tell; they are taken to have none.
    """
    config = (ctypes.c_uint64 * 4)()  # struct ptrace_sud_config: mode, selector, offset, len
    size = ctypes.sizeof(config)
    try:
        libc.ptrace(_GET_SYSCALL_USER_DISPATCH_CONFIG, tid, size, ctypes.addressof(config))
    except OSError:
        return False
    return config[0] != 0


def next_event() -> tuple[int, WaitStatus] | None:
    """Return the next state change of any thread that we trace, None when there is none.

    An end is taken notice of. For a process that has no children of its own.
    """
    try:
        info = os.waitid(os.P_ALL, 0, os.WSTOPPED | os.WEXITED | os.WNOHANG | _WALL)
    except ChildProcessError:
        return None
    if info is None:
        return None
    if info.si_code in (os.CLD_EXITED, os.CLD_KILLED, os.CLD_DUMPED):
        return info.si_pid, WaitStatus(ended=True)
    return info.si_pid, WaitStatus(
        ended=False, signal=info.si_status & 0xFF, event=info.si_status >> 8
    )


def is_gone(error: OSError) -> bool:
    """Whether a failed request means that the thread has left."""
    return error.errno == errno.ESRCH
