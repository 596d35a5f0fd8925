"""The system calls that wait: their numbers, and how each waits.

Numbers: arch/x86/entry/syscalls/syscall_64.tbl and syscall_32.tbl, and
include/uapi/asm-generic/unistd.h (arm64) of the Linux kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dumpengine.waiting.facts import Activity, SystemCall


class Waits(Enum):
    """How a system call waits."""

    READS = "read"  # the first argument is a descriptor
    WRITES = "write"
    ACCEPTS = "accept"
    CONNECTS = "connect"
    POLLS = "poll"  # (pollfd *, count)
    SELECTS = "select"  # (count, fd_set *read, *write, *except)
    EPOLL = "epoll"
    FLOCK = "flock"
    FCNTL = "fcntl"  # only with the commands that wait for a lock
    CHILD = "child"  # the first argument is a process
    CHILD_BY_ID = "child by id"  # (P_PID and such, process)
    SLEEPS = "sleep"
    FUTEX = "futex"  # only with the operations that wait
    SIGNAL = "signal"
    MESSAGE = "message"
    DISK = "file"
    RESTARTS = "restart"  # goes on with an interrupted call, nobody knows which
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One row: numbers are -1 where the instruction set does not have it."""

    name: str
    waits: Waits
    amd64: int
    x86: int
    arm64: int


_W = Waits
CALLS: tuple[Call, ...] = (
    Call("read", _W.READS, 0, 3, 63),
    Call("write", _W.WRITES, 1, 4, 64),
    Call("readv", _W.READS, 19, 145, 65),
    Call("writev", _W.WRITES, 20, 146, 66),
    Call("pread64", _W.READS, 17, 180, 67),
    Call("pwrite64", _W.WRITES, 18, 181, 68),
    Call("recvfrom", _W.READS, 45, 371, 207),
    Call("recvmsg", _W.READS, 47, 372, 212),
    Call("recvmmsg", _W.READS, 299, 337, 243),
    Call("sendto", _W.WRITES, 44, 369, 206),
    Call("sendmsg", _W.WRITES, 46, 370, 211),
    Call("accept", _W.ACCEPTS, 43, -1, 202),
    Call("accept4", _W.ACCEPTS, 288, 364, 242),
    Call("connect", _W.CONNECTS, 42, 362, 203),
    Call("poll", _W.POLLS, 7, 168, -1),
    Call("ppoll", _W.POLLS, 271, 309, 73),
    Call("ppoll_time64", _W.POLLS, -1, 414, -1),
    Call("select", _W.SELECTS, 23, 142, -1),
    Call("pselect6", _W.SELECTS, 270, 308, 72),
    Call("epoll_wait", _W.EPOLL, 232, 256, -1),
    Call("epoll_pwait", _W.EPOLL, 281, 319, 22),
    Call("epoll_pwait2", _W.EPOLL, 441, 441, 441),
    Call("flock", _W.FLOCK, 73, 143, 32),
    Call("fcntl", _W.FCNTL, 72, 221, 25),
    Call("wait4", _W.CHILD, 61, 114, 260),
    Call("waitid", _W.CHILD_BY_ID, 247, 284, 95),
    Call("nanosleep", _W.SLEEPS, 35, 162, 101),
    Call("clock_nanosleep", _W.SLEEPS, 230, 267, 115),
    Call("clock_nanosleep_time64", _W.SLEEPS, -1, 407, -1),
    Call("futex", _W.FUTEX, 202, 240, 98),
    Call("futex_time64", _W.FUTEX, -1, 422, -1),
    Call("pause", _W.SIGNAL, 34, 29, -1),
    Call("rt_sigsuspend", _W.SIGNAL, 130, 179, 133),
    Call("rt_sigtimedwait", _W.SIGNAL, 128, 177, 137),
    Call("semop", _W.MESSAGE, 65, -1, 193),
    Call("semtimedop", _W.MESSAGE, 220, -1, 192),
    Call("msgrcv", _W.MESSAGE, 70, -1, 188),
    Call("msgsnd", _W.MESSAGE, 69, -1, 189),
    Call("mq_timedreceive", _W.MESSAGE, 243, 280, 183),
    Call("mq_timedsend", _W.MESSAGE, 242, 279, 182),
    Call("fsync", _W.DISK, 74, 118, 82),
    Call("fdatasync", _W.DISK, 75, 148, 83),
    Call("open", _W.DISK, 2, 5, -1),
    Call("openat", _W.DISK, 257, 295, 56),
    Call("ioctl", _W.OTHER, 16, 54, 29),
    Call("io_uring_enter", _W.OTHER, 426, 426, 426),
    Call("io_getevents", _W.OTHER, 208, 247, 4),
    Call("restart_syscall", _W.RESTARTS, 219, 0, 128),
)

_AMD64 = {call.amd64: call for call in CALLS if call.amd64 >= 0}
_X86 = {call.x86: call for call in CALLS if call.x86 >= 0}
_ARM64 = {call.arm64: call for call in CALLS if call.arm64 >= 0}
# Under the values of dumpengine.snapshot.Architecture.
_BY_ARCHITECTURE = {"x64": _AMD64, "x86": _X86, "arm64": _ARM64}

_SETTING_LOCKS = frozenset({7, 14, 38})  # F_SETLKW, F_SETLKW64, F_OFD_SETLKW
# The calls that the kernel restarts as restart_syscall(2), by a part of their wait channel.
_RESTARTED = (("futex", Waits.FUTEX), ("poll", Waits.POLLS), ("nanosleep", Waits.SLEEPS))

CODE_BEFORE = 7
_MOV_EAX, _SYSCALL = 0xB8, b"\x0f\x05"
FUTEX_PRIVATE = 0x80
_FUTEX_COMMAND = 0x7F
_FUTEX_WAITS = frozenset({0, 6, 9, 11, 13})  # WAIT, LOCK_PI, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2


def find_call(number: int, architecture: str) -> Call | None:
    """Return the row of a system call, None for one that is not known to wait.

    ``architecture`` is the value of a :class:`dumpengine.snapshot.Architecture`.
    """
    return _BY_ARCHITECTURE.get(architecture, {}).get(number)


def how_it_waits(call: SystemCall | None, architecture: str, channel: str = "") -> Waits:
    """Return how a thread in ``call`` waits; OTHER when it does not, or nobody knows.

    A call with a time limit that was interrupted once goes on as restart_syscall(2) with its old
    arguments; the kernel's wait ``channel`` tells which one it was.
    """
    row = find_call(call.number, architecture) if call else None
    if call is None or row is None:
        return Waits.OTHER
    if row.waits is Waits.RESTARTS:
        return next((waits for part, waits in _RESTARTED if part in channel), Waits.RESTARTS)
    if row.waits is Waits.FCNTL and call.argument(1) not in _SETTING_LOCKS:
        return Waits.OTHER
    if row.waits is Waits.FUTEX and futex_command(call) not in _FUTEX_WAITS:
        return Waits.OTHER
    return row.waits


def goes_on(call: SystemCall, architecture: str) -> bool:
    """Whether a call is one that goes on after an interruption, under another number."""
    row = find_call(call.number, architecture)
    return row is not None and row.waits is Waits.RESTARTS


def number_in_code(code: bytes) -> int | None:
    """Return the call that ``mov $number, %eax; syscall`` makes, None for other code.

    ``code`` are the CODE_BEFORE bytes in front of the instruction pointer of a 64-bit thread.
    """
    if len(code) != CODE_BEFORE or code[0] != _MOV_EAX or code[5:] != _SYSCALL:
        return None
    return int.from_bytes(code[1:5], "little")


def activity_waits(activity: Activity, architecture: str) -> Waits:
    """Return how a thread waits, from all that is known of it."""
    return how_it_waits(activity.call, architecture, activity.wait_channel)


def futex_command(call: SystemCall) -> int:
    """Return the FUTEX_* operation of a futex(2) call without its flags."""
    return call.argument(1) & _FUTEX_COMMAND
