"""A raw CONTEXT of this interpreter's architecture as registers, for the thread callback."""

from __future__ import annotations

from dumpengine.format.contexts import CONTEXT_AMD64
from dumpengine.snapshot import Architecture, Registers

_GENERAL = "Rax Rcx Rdx Rbx Rsp Rbp Rsi Rdi R8 R9 R10 R11 R12 R13 R14 R15 Rip"
_SPECIAL = "SegCs SegSs SegDs SegEs SegFs SegGs EFlags MxCsr Dr0 Dr1 Dr2 Dr3 Dr6 Dr7"
_FIELDS = {
    name.removeprefix("Seg").lower(): name for name in (*_GENERAL.split(), *_SPECIAL.split())
}


def decode(context: bytes) -> Registers | None:
    """Return the registers of an AMD64 CONTEXT; None for other architectures' contexts."""
    if len(context) < CONTEXT_AMD64.SIZE:
        return None
    raw = CONTEXT_AMD64.unpack(context)
    values = {register: getattr(raw, field) for register, field in _FIELDS.items()}
    return Registers(Architecture.AMD64, values, fxsave=raw.FltSave, context=context)


def instruction_pointer(context: bytes) -> int:
    """Return where a thread was, 0 when the context is not AMD64's."""
    registers = decode(context)
    return registers.pc if registers else 0
