"""What threads do: read just before the stop where it would tell of the tracer afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.registers import SYSCALL_ARGUMENTS
from dumpengine.snapshot import Architecture, Registers
from dumpengine.waiting.facts import SystemCall

_X86_ARGUMENTS = ("ebx", "ecx", "edx", "esi", "edi", "ebp")
# -EINTR and the codes by which the kernel remembers that a call is to be restarted
# (include/linux/errno.h): what a thread that was stopped in a call has in its result register.
_INTERRUPTED = frozenset({-4, -512, -513, -514, -516})


@dataclass(frozen=True, slots=True)
class Look:
    """What a thread did when it ran: ``state`` and ``wait_channel`` as in proc(5).

    ``pc`` is where it stood in ``call``.
    """

    state: str = ""
    wait_channel: str = ""
    call: SystemCall | None = None
    pc: int = 0


UNSEEN = Look()  # of a thread that nobody looked at before it was stopped


def look_at(pid: int, tid: int, stat: procfs.Stat) -> Look:
    """Read what a thread does that is not stopped."""
    folder = f"/proc/{pid}/task/{tid}"
    channel = procfs.text(procfs.read_optional(f"{folder}/wchan"))
    line = procfs.read_optional(f"{folder}/syscall")
    call = call_in(line)
    pc = int(line.split()[8], 0) if call else 0
    return Look(stat.state, "" if channel == "0" else channel, call, pc)


def call_in(line: bytes) -> SystemCall | None:
    """Return the call that /proc/PID/syscall shows; None for a thread that stands in none."""
    words = line.split()
    if len(words) < 9 or words[0] == b"-1":
        return None
    return SystemCall(int(words[0]), tuple(int(word, 0) for word in words[1:7]))


def standing_in(registers: Registers) -> SystemCall | None:
    """Return the call that a stopped thread stands in, None when it ran code of its own."""
    if registers.architecture is Architecture.AMD64:
        number, result, names, bits = "orig_rax", "rax", SYSCALL_ARGUMENTS, 64
    elif registers.architecture is Architecture.X86:
        number, result, names, bits = "orig_eax", "eax", _X86_ARGUMENTS, 32
    else:
        return None
    values = registers.values
    if number not in values or _signed(values[number], bits) < 0:
        return None
    if result in values and _signed(values[result], bits) not in _INTERRUPTED:
        return None
    return SystemCall(values[number], tuple(values.get(name, 0) for name in names))


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


class ThreadNumbers:
    """The ids that threads of a process have in its own PID namespace: locks hold those."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._same = _namespace_id(f"/proc/{pid}/status", pid) == pid

    def of(self, tid: int) -> int:
        """Return a thread's own number; ours where it cannot be read."""
        return tid if self._same else _namespace_id(f"/proc/{self._pid}/task/{tid}/status", tid)


def _namespace_id(path: str, instead: int) -> int:
    """The last number of ``NSpid``: the innermost namespace's (proc_pid_status(5))."""
    for line in procfs.read_optional(path).splitlines():
        if line.startswith(b"NSpid:"):
            return int(line.split()[-1])
    return instead
