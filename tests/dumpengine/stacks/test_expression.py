"""DWARF expressions: what linkers and C libraries write, and what nobody should."""

from __future__ import annotations

import pytest

from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.expression import Expression

REGISTERS = {7: 0x1000, 16: 0x401234}
MEMORY = {0x10A0: 0xABCD}


def value(block: str, *start: int) -> int:
    def register(number: int) -> int:
        if number not in REGISTERS:
            raise UnwindDataError("unknown register")
        return REGISTERS[number]

    return Expression(
        bytes.fromhex(block), 8, register, lambda address, size: MEMORY[address] % (1 << 8 * size)
    ).value(*start)


@pytest.mark.parametrize(("rip", "cfa"), [(0x401234, 0x1008), (0x40123B, 0x1010)])
def test_the_plts_expression(monkeypatch: pytest.MonkeyPatch, rip: int, cfa: int) -> None:
    """Rsp + 8, and 8 more behind the first push: (rip & 15) >= 11. binutils, elfxx-x86.c."""
    monkeypatch.setitem(REGISTERS, 16, rip)
    assert value("7708 8000 3f 1a 3b 2a 33 24 22") == cfa


def test_the_signal_trampolines_expression() -> None:
    """What glibc says of each register at a signal: breg7 160, deref."""
    assert value("77a001 06") == 0xABCD


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("08ff", 255),
        ("09ff", (1 << 64) - 1),
        ("10ff7f", 0x3FFF),
        ("117f", (1 << 64) - 1),
        ("32 33 1c", (1 << 64) - 1),  # 2 - 3
        ("38 117d 1b", (1 << 64) - 2),  # 8 / -3 towards zero
        ("32 12 1e", 4),
        ("31 32 14", 1),
        ("31 32 33 17 13 13", 3),  # rot puts the top below two others
        ("31 32 16", 1),
        ("31 32 1501", 1),
        ("117f 19", 1),
        ("31 2f0100 32", 1),  # skip over lit2
        ("31 31 280100 32", 1),  # branch over lit2
        ("31 30 280100 32", 2),
        ("33 96", 3),
    ],
)
def test_operations(block: str, expected: int) -> None:
    assert value(block) == expected


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("", "stack is empty"),
        ("22", "stack is empty"),
        ("31 30 1b", "divides by zero"),
        ("31 2ffdff", "no end"),
        ("31 2f0070", "out of itself"),
        ("e0", "unknown operation"),
        ("0c0000", "ends too early"),
        ("31" + "12" * 70, "overflows"),
        ("7780808080", "ends too early"),
        ("77" + "80" * 12 + "00", "too many digits"),
        ("7100", "unknown register"),
    ],
)
def test_what_cannot_be_meant_is_refused(block: str, reason: str) -> None:
    with pytest.raises(UnwindDataError, match=reason):
        value(block)


def test_what_is_on_the_stack_before_is_used() -> None:
    assert value("2305", 0x10) == 0x15
