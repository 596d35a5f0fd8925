"""System calls that fail with EINTR because we stopped their thread, and are made again instead.

The kernel makes most interrupted calls again by itself when no signal handler ran: signal(7). Some
it does not, by whatever stops their thread, a debugger included; programs that never handle a
signal are not prepared for that. They had done nothing when they were interrupted, so they can be
made again; a time limit begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from errno import EINTR
from signal import SIGCHLD, SIGCONT, SIGURG, SIGWINCH
from typing import Protocol

from dumpengine.backends.linux import amd64, procfs, ptrace
from dumpengine.snapshot import Absent, Architecture, Registers

_CALLS = {
    0: "read",  # of a socket with a time limit, as are the others of sockets
    1: "write",
    19: "readv",
    20: "writev",
    42: "connect",
    43: "accept",
    44: "sendto",
    45: "recvfrom",
    46: "sendmsg",
    47: "recvmsg",
    65: "semop",
    70: "msgrcv",
    69: "msgsnd",
    128: "rt_sigtimedwait",
    208: "io_getevents",
    220: "semtimedop",
    232: "epoll_wait",
    281: "epoll_pwait",
    288: "accept4",
    299: "recvmmsg",
    307: "sendmmsg",
    333: "io_pgetevents",
    426: "io_uring_enter",
    441: "epoll_pwait2",
}
_IGNORED_BY_DEFAULT = (SIGCHLD, SIGCONT, SIGURG, SIGWINCH)


class Stopped(Protocol):
    """A process whose threads stand still."""

    @property
    def pid(self) -> int:
        """The process id."""
        ...

    def held_signal(self, tid: int) -> int:
        """Return the signal a thread was about to get when it stopped, 0 for none."""
        ...


def make_again(stopped: Stopped, registers: Mapping[int, Registers | Absent]) -> list[str]:
    """Have stopped threads make interrupted calls again; returns the names of these calls.

    A thread that has a signal to handle has been interrupted rightly.
    """
    return [
        _CALLS[found["orig_rax"]]
        for tid, found in registers.items()
        if isinstance(found, Registers)
        and _was_interrupted(found)
        and not _has_signal(stopped, tid)
        and _make_again(tid)
    ]


def make_one_again(stopped: Stopped, tid: int) -> None:
    """Have one stopped thread make its call again, if it was interrupted and has no signal."""
    regset = ptrace.get_regset(tid, ptrace.NT_PRSTATUS)
    if len(regset) != amd64.REGSET_SIZE:
        return
    values = amd64.unpack(regset)
    interrupted = amd64.signed(values["rax"]) == -EINTR and values["orig_rax"] in _CALLS
    if interrupted and not _has_signal(stopped, tid):
        _make_again(tid)


def _was_interrupted(registers: Registers) -> bool:
    return (
        registers.architecture is Architecture.AMD64
        and "orig_rax" in registers.values
        and amd64.signed(registers["rax"]) == -EINTR
        and registers["orig_rax"] in _CALLS
    )


def _make_again(tid: int) -> bool:
    try:
        values = amd64.unpack(ptrace.get_regset(tid, ptrace.NT_PRSTATUS))
        values["rax"] = amd64.ERESTARTNOHAND & amd64.NO_SYSCALL
        ptrace.set_regset(tid, ptrace.NT_PRSTATUS, amd64.pack(values))
    except OSError:
        return False
    return True


def _has_signal(stopped: Stopped, tid: int) -> bool:
    """Whether a signal waits for the thread that will not just be ignored."""
    status = procfs.read_status(stopped.pid, tid)

    def signals(name: str) -> int:
        return int(status.get(name, "0"), 16)

    waiting = (signals("SigPnd") | signals("ShdPnd")) & ~signals("SigBlk")
    if held := stopped.held_signal(tid):
        waiting |= _bit(held)
    ignored = signals("SigIgn") | _bits(_IGNORED_BY_DEFAULT) & ~signals("SigCgt")
    return bool(waiting & ~ignored)


def _bits(numbers: Iterable[int]) -> int:
    return sum(map(_bit, numbers))


def _bit(number: int) -> int:
    return 1 << (number - 1)
