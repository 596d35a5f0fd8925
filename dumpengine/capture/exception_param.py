"""ExceptionParam -> the exception stream's record.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_exception_information
"""

from __future__ import annotations

from dumpengine.errors import E_INVALIDARG, DumpError, no_such_thread
from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_X86
from dumpengine.format.exception import EXCEPTION_MAXIMUM_PARAMETERS
from dumpengine.options import ExceptionInformation
from dumpengine.snapshot import Absent, Architecture, ExceptionRecord, Registers, Snapshot


def exception_record(asked: ExceptionInformation, snapshot: Snapshot) -> ExceptionRecord:
    """Return the record for the thread it names.

    Raises DumpError 0x80070057 when there is no such thread, the context has the wrong size, or
    there are more than 15 parameters.
    """
    thread = next((t for t in snapshot.threads if t.tid == asked.thread_id), None)
    if thread is None:
        raise no_such_thread(asked.thread_id, snapshot.process.pid)
    if len(asked.parameters) > EXCEPTION_MAXIMUM_PARAMETERS:
        raise DumpError(E_INVALIDARG, "An exception has at most 15 parameters.")
    registers = thread.registers
    if asked.context:
        registers = _given(asked.context, snapshot.system.architecture)
    return ExceptionRecord(
        thread_id=asked.thread_id,
        code=asked.code,
        address=_address(asked, registers),
        registers=registers,
        flags=asked.flags,
        parameters=asked.parameters,
    )


def _address(asked: ExceptionInformation, registers: Registers | Absent) -> int:
    if asked.address is not None:
        return asked.address
    return registers.pc if isinstance(registers, Registers) else 0


def _given(context: bytes, architecture: Architecture) -> Registers:
    """A context the caller supplies is stored byte for byte."""
    expected = CONTEXT_X86 if architecture is Architecture.X86 else CONTEXT_AMD64
    if len(context) < expected.SIZE:
        raise DumpError(
            E_INVALIDARG,
            f"The exception's context has {len(context)} bytes; {expected.__name__} has "
            f"{expected.SIZE}.",
        )
    parsed = expected.unpack(context)
    if isinstance(parsed, CONTEXT_X86):
        values = {"eip": parsed.Eip, "esp": parsed.Esp}
    else:
        values = {"rip": parsed.Rip, "rsp": parsed.Rsp}
    return Registers(architecture, values, context=context)
