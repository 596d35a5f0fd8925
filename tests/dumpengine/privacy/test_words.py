"""FilteredMemory: of a stack only what an unwinder follows is shown."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dumpengine.dump_types import MinidumpType
from dumpengine.privacy.stacks import code, find_stacks
from dumpengine.privacy.words import FilteredMemory, word_size
from dumpengine.snapshot import Architecture, Snapshot, read_memory
from tests.support.fake_snapshot import CODE, HEAP, PAGE, STACK, registers, snapshot, written

MARK = 0x0DEFACED0DEFACED
T = MinidumpType
TOP = STACK + PAGE


def with_stack(words: list[int]) -> Snapshot:
    """A snapshot whose one thread has these words from its stack pointer on."""
    made = snapshot()
    data = struct.pack(f"<{len(words)}Q", *words)
    made.memory.pieces[STACK] = bytes(0x800) + data + bytes(0x800 - len(data))  # type: ignore[attr-defined]
    return replace(made, threads=(replace(made.threads[0], registers=registers(sp=STACK)),))


def filtered_memory(made: Snapshot) -> FilteredMemory:
    stacks = find_stacks(made).live
    return FilteredMemory(made.memory, stacks, stacks.union(code(made)), word_size(made))


KEPT = [0, 1, 4096, (1 << 64) - 4096, STACK + 0x800, TOP - 1, CODE + PAGE, CODE + 3 * PAGE - 1]
BLANKED = [
    4097,
    (1 << 64) - 4097,
    STACK + 0x7FF,
    TOP,
    CODE,
    CODE + 3 * PAGE,
    HEAP,
    0x70617373776F7264,
]


def test_only_what_an_unwinder_needs_is_left_of_a_stack() -> None:
    memory = filtered_memory(with_stack(KEPT + BLANKED))
    data = read_memory(memory, STACK + 0x800, 8 * len(KEPT + BLANKED))
    assert list(struct.unpack(f"<{len(data) // 8}Q", data)) == KEPT + [MARK] * len(BLANKED)


def test_words_of_32_bit_processes_have_four_bytes() -> None:
    made = with_stack([0x70617373_00000007])
    made = replace(made, system=replace(made.system, architecture=Architecture.X86))
    data = read_memory(filtered_memory(made), STACK + 0x800, 8)
    assert struct.unpack("<2I", data) == (7, 0x0DEFACED)


def test_what_is_no_stack_stays() -> None:
    made = with_stack([HEAP])
    memory = filtered_memory(made)
    assert read_memory(memory, HEAP, PAGE) == read_memory(made.memory, HEAP, PAGE)
    assert read_memory(memory, STACK, 0x800) == read_memory(made.memory, STACK, 0x800)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 200))
def test_a_read_that_begins_or_ends_within_a_word_shows_nothing_more(start: int, size: int) -> None:
    memory = filtered_memory(with_stack([0x7365637265743A29] * 60))
    data = read_memory(memory, STACK + 0x800 + start, size)
    allowed = struct.pack("<Q", MARK) * 60
    assert all(byte in (0, allowed[(start + n)]) for n, byte in enumerate(data))


@pytest.mark.parametrize("flag", [T.FilterMemory, T.FilterTriage])
@pytest.mark.parametrize("extra", [0, T.WithFullMemory])
def test_a_filtered_dump_holds_no_word_of_a_stack_that_is_no_pointer(flag: T, extra: int) -> None:
    secret = 0x7365637265743A29
    made = with_stack([CODE + PAGE, secret])
    _, data, _ = written(made, flag | extra)
    assert struct.pack("<Q", secret) not in data
    assert struct.pack("<QQ", CODE + PAGE, MARK) in data
