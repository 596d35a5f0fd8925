"""What a thread did, from /proc and from its registers."""

from __future__ import annotations

import os

import pytest

from dumpengine.backends.linux.activity import ThreadNumbers, call_in, standing_in
from dumpengine.snapshot import Architecture, Registers
from dumpengine.waiting.facts import SystemCall

FUTEX = {"orig_rax": 202, "rax": (1 << 64) - 512, "rdi": 0x1000, "rsi": 0x80, "rdx": 2}


def registers(architecture: Architecture = Architecture.AMD64, **values: int) -> Registers:
    return Registers(architecture, values)


def test_the_line_of_a_thread_in_a_call():
    line = b"202 0x561c6afdb120 0x80 0x2 0x0 0x0 0xffffffff 0x7ffd0 0x7f00"
    assert call_in(line) == SystemCall(202, (0x561C6AFDB120, 0x80, 2, 0, 0, 0xFFFFFFFF))


@pytest.mark.parametrize("line", [b"running", b"-1 0x7ffd0 0x7f00", b"", b"202 0x1 0x2"])
def test_the_line_of_a_thread_in_none(line):
    assert call_in(line) is None


@pytest.mark.parametrize("code", [-4, -512, -513, -514, -516])
def test_a_thread_that_was_stopped_in_a_call_stands_in_it(code):
    found = standing_in(registers(**FUTEX | {"rax": code & (1 << 64) - 1}))
    assert found == SystemCall(202, (0x1000, 0x80, 2, 0, 0, 0))


@pytest.mark.parametrize(
    "changed",
    [{"rax": 0}, {"orig_rax": (1 << 64) - 1}],
    ids=["it has its result", "it ran code of its own"],
)
def test_a_thread_that_stands_in_none(changed):
    assert standing_in(registers(**FUTEX | changed)) is None


def test_a_thread_of_32_bits():
    found = standing_in(
        registers(Architecture.X86, orig_eax=240, eax=(1 << 32) - 512, ebx=16, ecx=128)
    )
    assert found == SystemCall(240, (16, 128, 0, 0, 0, 0))


def test_what_is_known_without_a_stop_has_no_result():
    assert standing_in(registers(orig_rax=0, rdi=3)) == SystemCall(0, (3, 0, 0, 0, 0, 0))


def test_our_own_numbers_are_our_own():
    assert ThreadNumbers(os.getpid()).of(os.getpid()) == os.getpid()
