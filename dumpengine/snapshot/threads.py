"""Threads, and the exception one of them stopped with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dumpengine.snapshot.absent import Absent
from dumpengine.snapshot.memory import Range
from dumpengine.snapshot.system import Architecture
from dumpengine.waiting.facts import Activity


@dataclass(frozen=True, slots=True)
class Registers:
    """A thread's registers under the names the processor's manual gives them, in lower case.

    AMD64: rax ... r15, rip, eflags, cs ss ds es fs gs, fs_base gs_base, dr0-dr3 dr6 dr7, mxcsr.
    x86: eax ... eip. ARM64: x0-x30, sp, pc, cpsr, fpcr, fpsr. ``fxsave`` is the 512-byte FXSAVE
    image (on ARM64 the 32 vector registers), ``xsave`` a whole XSAVE image in standard form or
    empty. ``context`` is the CPU context exactly as a dump stored it, empty for a live thread.
    """

    architecture: Architecture
    values: Mapping[str, int]
    fxsave: bytes = b""
    xsave: bytes = b""
    context: bytes = b""

    def __getitem__(self, name: str) -> int:
        """Return one register; 0 when the source did not have it."""
        return self.values.get(name, 0)

    @property
    def pc(self) -> int:
        """The instruction pointer."""
        return self[_PC_SP[self.architecture][0]]

    @property
    def sp(self) -> int:
        """The stack pointer."""
        return self[_PC_SP[self.architecture][1]]


_PC_SP = {
    Architecture.AMD64: ("rip", "rsp"),
    Architecture.X86: ("eip", "esp"),
    Architecture.ARM64: ("pc", "sp"),
    Architecture.ARM: ("pc", "sp"),
    Architecture.UNKNOWN: ("pc", "sp"),
}


@dataclass(frozen=True, slots=True)
class ThreadTimes:
    """Seconds: start as a Unix time, the others as processor time used."""

    created: float = 0.0
    user: float = 0.0
    kernel: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One thread. ``stack`` reaches from just below its stack pointer to the stack's top.

    ``teb`` is the thread's own block (the thread pointer on Linux). ``local_data`` are the ranges
    of its thread-local storage. ``activity`` is what it was doing, where that was recorded.
    """

    tid: int
    registers: Registers | Absent
    stack: Range | Absent
    name: str = ""
    teb: int = 0
    suspend_count: int = 0
    priority_class: int = 0x20
    priority: int = 0
    times: ThreadTimes | Absent = Absent("not asked for")
    start_address: int = 0
    affinity: int = 0
    local_data: tuple[Range, ...] = ()
    activity: Activity | Absent = Absent("not recorded")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRecord:
    """Why a thread stopped: code, address and parameters as EXCEPTION_RECORD has them."""

    thread_id: int
    code: int
    address: int
    registers: Registers | Absent
    flags: int = 0
    record: int = 0
    parameters: tuple[int, ...] = ()
