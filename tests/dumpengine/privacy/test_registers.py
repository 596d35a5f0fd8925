"""Registers of filtered dumps: flags, small numbers and addresses, no vectors."""

from __future__ import annotations

import struct

import pytest

from dumpengine.privacy.registers import filtered_exception, filtered_registers
from dumpengine.privacy.words import ShownWords
from dumpengine.snapshot import Absent, Architecture, ExceptionRecord, Range, Registers
from dumpengine.snapshot.ranges import RangeSet

TEXT = int.from_bytes(b"password", "little")
MARK = 0x0DEFACED0DEFACED
SHOWN = ShownWords(RangeSet([Range(0x400000, 0x500000)]), 8)
A = Architecture


def test_a_text_in_a_general_register_is_marked() -> None:
    values = {"rip": 0x400010, "rax": TEXT, "rcx": 7, "rdx": (1 << 64) - 1, "eflags": 0x10246}
    found = filtered_registers(Registers(A.AMD64, values, context=b"raw"), SHOWN)
    assert isinstance(found, Registers)
    assert found.values == values | {"rax": MARK}
    assert found.context == b""


@pytest.mark.parametrize(("architecture", "kept"), [(A.AMD64, 32), (A.X86, 32), (A.ARM64, 0)])
def test_vectors_are_gone_and_control_words_stay(architecture: A, kept: int) -> None:
    image = bytes(range(1, 256)) + bytes(range(1, 256)) + b"\1\2"
    found = filtered_registers(Registers(architecture, {}, fxsave=image, xsave=b"more"), SHOWN)
    assert isinstance(found, Registers)
    assert found.fxsave == image[:kept] + bytes(512 - kept)
    assert found.xsave == b""


def test_contexts_nobody_here_can_take_apart_are_left_out() -> None:
    found = filtered_registers(Registers(A.ARM, {}, context=struct.pack("<Q", TEXT)), SHOWN)
    assert isinstance(found, Absent)
    assert filtered_registers(Absent("why"), SHOWN) == Absent("why")


def test_exceptions_keep_codes_and_addresses() -> None:
    record = ExceptionRecord(
        thread_id=1,
        code=0xC0000005,
        address=0x400020,
        registers=Registers(A.AMD64, {"rax": TEXT}),
        parameters=(1, TEXT, 0x19930520, 0x450000),
    )
    found = filtered_exception(record, SHOWN)
    assert isinstance(found, ExceptionRecord)
    assert (found.code, found.address) == (0xC0000005, 0x400020)
    assert found.parameters == (1, MARK, 0x19930520, 0x450000)
    assert isinstance(found.registers, Registers)
    assert found.registers["rax"] == MARK
    assert filtered_exception(Absent("none"), SHOWN) == Absent("none")
