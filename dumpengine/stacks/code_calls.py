"""Which system call a thread stands in, when only its registers and its code can tell."""

from __future__ import annotations

from dumpengine.snapshot import Registers, Snapshot, Thread, read_memory
from dumpengine.waiting.facts import SystemCall

_MOV_EAX, _SYSCALL = 0xB8, b"\x0f\x05"
_INTERRUPTED = frozenset((1 << 64) - code for code in (4, 512, 513, 514, 516))
_ARGUMENTS = ("rdi", "rsi", "rdx", "r10", "r8", "r9")


def call_in_code(snapshot: Snapshot, thread: Thread) -> SystemCall | None:
    """Return the call that a thread of another tool's dump stands in, None when it is not plain.

    Such dumps do not keep the call's number; the code before the instruction pointer has it:
    ``mov $number, %eax; syscall``.
    """
    registers = thread.registers
    if not isinstance(registers, Registers) or registers["rax"] not in _INTERRUPTED:
        return None
    code = read_memory(snapshot.memory, max(registers.pc - 7, 0), 7)
    if len(code) != 7 or code[0] != _MOV_EAX or code[5:] != _SYSCALL:
        return None
    number = int.from_bytes(code[1:5], "little")
    return SystemCall(number, tuple(registers[name] for name in _ARGUMENTS))
