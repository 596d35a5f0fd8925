"""Which signals end a process, and where the fault was that they are about."""

from __future__ import annotations

import signal
import struct
from dataclasses import dataclass

from dumpengine.backends.linux import procfs, ptrace
from dumpengine.backends.linux.memory import ProcessReader
from dumpengine.backends.linux.ptrace import SignalInformation
from dumpengine.backends.linux.registers import read_registers
from dumpengine.snapshot import Absent, ExceptionRecord, Registers

# signal(7): those whose default is to end the process with a core file.
CRASHES = frozenset(
    {
        signal.SIGSEGV,
        signal.SIGBUS,
        signal.SIGILL,
        signal.SIGFPE,
        signal.SIGABRT,
        signal.SIGSYS,
        signal.SIGTRAP,
        signal.SIGQUIT,
        signal.SIGXCPU,
        signal.SIGXFSZ,
    }
)
_HANDLER_STACK = 256 << 10  # bytes of stack that a handler and what it calls may take
_RSP_RIP = struct.Struct("<2Q")


def signal_name(number: int) -> str:
    """Return ``SIGSEGV``, or ``signal 34`` for one without a name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def ends_it(pid: int, tid: int, number: int) -> bool:
    """Whether the thread's process has neither a handler for the signal nor ignores it now.

    A fault that cannot be handled (in its own handler, without room on the stack) has its handler
    taken away by the kernel before it stops for its tracer.
    """
    status = procfs.read_status(pid, tid)
    handled = int(status.get("SigCgt", "0"), 16) | int(status.get("SigIgn", "0"), 16)
    return not handled >> (number - 1) & 1


@dataclass(frozen=True, slots=True)
class Fault:
    """What a thread stopped for, and its registers then."""

    tid: int
    information: SignalInformation
    registers: Registers | Absent

    @property
    def record(self) -> ExceptionRecord:
        """As Breakpad has it: the signal is the code, si_code the flags, si_addr the address."""
        information = self.information
        address = self.registers.pc if isinstance(self.registers, Registers) else 0
        return ExceptionRecord(
            thread_id=self.tid,
            code=information.number,
            address=information.address if information.is_fault else address,
            registers=self.registers,
            flags=information.code & 0xFFFFFFFF,
        )


def fault_of(tid: int, *, extended: bool = False) -> Fault:
    """Return what a thread that stands before the delivery of a signal stopped for."""
    return Fault(tid, ptrace.signal_information(tid), read_registers(tid, extended=extended))


def true_fault(pid: int, now: Fault, before: Fault | None) -> Fault:
    """Return the fault that a signal is about: of a handler that raises it again, ``before``.

    The thread is still in the handler when the kernel's signal frame, which holds the registers of
    the fault, lies above its stack pointer; or it has come back from it to the same instruction,
    for a signal is blocked in its own handler.
    """
    if before is None or now.information.is_fault:
        return now
    here, there = now.registers, before.registers
    if not isinstance(here, Registers) or not isinstance(there, Registers):
        return now
    if (here.sp, here.pc) == (there.sp, there.pc):
        return before
    frame = _RSP_RIP.pack(there.sp, there.pc)
    return before if frame in _stack(pid, here.sp) else now


def _stack(pid: int, pointer: int) -> bytes:
    """Return what is above the stack pointer, up to the end of its mapping."""
    reader = ProcessReader(procfs.living_task(pid))
    try:
        buffer = bytearray(_HANDLER_STACK)
        size = reader.read_into(pointer & ~7, memoryview(buffer))
        return bytes(buffer[:size])
    except OSError:
        return b""
    finally:
        reader.close()
