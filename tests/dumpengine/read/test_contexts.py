"""Contexts of each processor, whole, short and odd."""

from __future__ import annotations

import pytest

from dumpengine.format.contexts import (
    CONTEXT_ARM64,
    CONTEXT_ARM64_OLD,
    CONTEXT_X86,
    CONTEXT_X86_ALL,
)
from dumpengine.read.contexts import decode_context
from dumpengine.snapshot import Absent, Architecture, Registers
from tests.support.synth import amd64_context


def decoded(context: bytes, architecture: Architecture) -> Registers:
    registers = decode_context(context, architecture)
    assert isinstance(registers, Registers)
    assert registers.context == context
    return registers


def test_amd64() -> None:
    context = amd64_context(
        Rip=0x7F0011223344, Rsp=0x7FFC0000, R15=2**64 - 1, SegCs=0x33, EFlags=0x246, MxCsr=0x1F80,
        Dr7=0x400, FltSave=bytes(range(256)) * 2,
    )  # fmt: skip
    registers = decoded(context, Architecture.AMD64)
    assert (registers.pc, registers.sp) == (0x7F0011223344, 0x7FFC0000)
    assert registers["r15"] == 2**64 - 1
    assert (registers["cs"], registers["eflags"], registers["mxcsr"]) == (0x33, 0x246, 0x1F80)
    assert registers["dr7"] == 0x400
    assert registers.fxsave == bytes(range(256)) * 2
    assert registers.xsave == b""
    expected = {
        *(f"r{n}" for n in range(8, 16)), *(f"r{n}" for n in ("ax", "bx", "cx", "dx")),
        *(f"r{n}" for n in ("si", "di", "bp", "sp", "ip")), "eflags", "mxcsr",
        *("cs", "ds", "es", "fs", "gs", "ss"), *(f"dr{n}" for n in (0, 1, 2, 3, 6, 7)),
    }  # fmt: skip
    assert set(registers.values) == expected


def test_a_context_cut_off_behind_the_general_registers_still_has_them() -> None:
    """LLDB writes 720 bytes of the 1232."""
    registers = decoded(amd64_context(Rip=5, Rsp=6)[:720], Architecture.AMD64)
    assert (registers.pc, registers.sp) == (5, 6)
    assert registers.fxsave == b""


def test_a_context_without_its_program_counter_is_absent() -> None:
    registers = decode_context(amd64_context(Rip=5)[:0xF8], Architecture.AMD64)
    assert isinstance(registers, Absent)
    assert "248" in registers.reason


def test_x86() -> None:
    context = CONTEXT_X86(
        ContextFlags=CONTEXT_X86_ALL, Eip=0x401000, Esp=0xFFFF0000, SegGs=0x63, Eax=7,
        ExtendedRegisters=b"x" * 512,
    ).pack()  # fmt: skip
    registers = decoded(context, Architecture.X86)
    assert (registers.pc, registers.sp, registers["gs"]) == (0x401000, 0xFFFF0000, 0x63)
    assert registers["eax"] == 7
    assert registers.fxsave == b"x" * 512


def test_an_x86_context_in_an_amd64_dump_is_read_as_what_it_is() -> None:
    context = CONTEXT_X86(ContextFlags=CONTEXT_X86_ALL, Eip=0x401000).pack()
    registers = decoded(context, Architecture.AMD64)
    assert registers.architecture is Architecture.X86
    assert registers.pc == 0x401000


def test_arm64_of_microsoft() -> None:
    context = CONTEXT_ARM64(
        X=tuple(range(29)), Fp=29, Lr=30, Sp=31, Pc=32, Cpsr=33, Fpcr=34, V=b"v" * 512
    ).pack()
    registers = decoded(context, Architecture.ARM64)
    assert [registers[f"x{n}"] for n in range(31)] == list(range(31))
    assert (registers.sp, registers.pc, registers["cpsr"], registers["fpcr"]) == (31, 32, 33, 34)
    assert registers.fxsave == b"v" * 512


def test_arm64_of_breakpad() -> None:
    context = CONTEXT_ARM64_OLD(Iregs=tuple(range(33)), Cpsr=40, Fpsr=41, V=b"v" * 512).pack()
    registers = decoded(context, Architecture.ARM64)
    assert [registers[f"x{n}"] for n in range(31)] == list(range(31))
    assert (registers.sp, registers.pc, registers["cpsr"], registers["fpsr"]) == (31, 32, 40, 41)


@pytest.mark.parametrize("architecture", [Architecture.ARM, Architecture.UNKNOWN])
def test_other_processors_keep_their_bytes(architecture: Architecture) -> None:
    registers = decoded(b"whatever", architecture)
    assert dict(registers.values) == {}
    assert registers.pc == 0


def test_extra_registers_join_the_others() -> None:
    registers = decode_context(amd64_context(), Architecture.AMD64, extra={"fs_base": 9})
    assert isinstance(registers, Registers)
    assert registers["fs_base"] == 9
    assert "fs_base" in set(registers.values)
    assert len(registers.values) == len(set(registers.values))
