"""Which system call a thread stands in, when only its registers and its code can tell."""

from __future__ import annotations

from dumpengine.snapshot import Registers, Snapshot, Thread, read_memory
from dumpengine.waiting.facts import SystemCall
from dumpengine.waiting.system_calls import CODE_BEFORE, number_in_code

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
    before = max(registers.pc - CODE_BEFORE, 0)
    number = number_in_code(read_memory(snapshot.memory, before, CODE_BEFORE))
    if number is None:
        return None
    return SystemCall(number, tuple(registers[name] for name in _ARGUMENTS))
