"""Registers as a filtered dump may show them.

A string function leaves eight bytes of a text in a general register and 64 in a vector register.
"""

from __future__ import annotations

from dataclasses import replace

from dumpengine.privacy.words import ShownWords
from dumpengine.snapshot import Absent, Architecture, ExceptionRecord, Registers

Found = ExceptionRecord | Absent
_FXSAVE_HEAD = 32  # control, status and tag words, the last instruction and its operand, MXCSR
_CODES = 1 << 32
_FLAGS = {"eflags", "mxcsr", "cpsr", "fpcr", "fpsr", "dr6", "dr7"}
_ENCODED_ANEW = {Architecture.AMD64, Architecture.X86, Architecture.ARM64}


def filtered_registers(registers: Registers | Absent, shown: ShownWords) -> Registers | Absent:
    """Return flags, small numbers and addresses; vector registers are zero."""
    if isinstance(registers, Absent):
        return registers
    if registers.architecture not in _ENCODED_ANEW:
        return Absent("left out: what they hold cannot be told apart")
    return Registers(
        registers.architecture,
        {
            name: value if name in _FLAGS or shown[value] else shown.mark
            for name, value in registers.values.items()
        },
        fxsave=_control_words(registers),
    )


def _control_words(registers: Registers) -> bytes:
    image = registers.fxsave
    if registers.architecture is Architecture.ARM64:  # there it is nothing but vectors
        return bytes(len(image))
    return image[:_FXSAVE_HEAD].ljust(len(image), b"\0")


def filtered_value(value: int, shown: ShownWords) -> int:
    """Return a number that has eight bytes of the file to itself, or a mark.

    Codes and magic numbers of four bytes can stay: no text of six is in them.
    """
    return value if value < _CODES or shown[value] else shown.mark


def filtered_exception(record: Found, shown: ShownWords) -> Found:
    """Return why a thread stopped, its addresses and parameters filtered."""
    if isinstance(record, Absent):
        return record
    return replace(
        record,
        address=filtered_value(record.address, shown),
        record=filtered_value(record.record, shown),
        parameters=tuple(filtered_value(value, shown) for value in record.parameters),
        registers=filtered_registers(record.registers, shown),
    )
