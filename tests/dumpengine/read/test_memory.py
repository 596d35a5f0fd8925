"""Memory by address, over both lists and the stacks."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.read.memory import DumpMemory, read_memory64_list, read_memory_list
from dumpengine.snapshot import Range, read_memory
from tests.support.synth import STACK, Synth, amd64_context


def memory_of(synth: Synth) -> DumpMemory:
    return read_dump(synth.build()).memory


def test_a_range_is_read_inside_and_to_its_end() -> None:
    memory = memory_of(Synth().memory(0x1000, b"abcdef"))
    assert read_memory(memory, 0x1000, 6) == b"abcdef"
    assert read_memory(memory, 0x1002, 2) == b"cd"
    assert read_memory(memory, 0x1004, 10) == b"ef"


def test_absent_is_told_apart_from_short() -> None:
    memory = memory_of(Synth().memory(0x1000, b"abcdef"))
    buffer = memoryview(bytearray(4))
    assert memory.read_into(0x1006, buffer) == 0
    assert memory.read_into(0xFFF, buffer) == 0
    assert memory.read_into(0x1003, buffer) == 3
    assert memory.missing(0x1005) is None
    absent = memory.missing(0x1006)
    assert absent is not None
    assert absent.reason == "the dump does not hold it"


def test_ranges_that_touch_are_read_in_one_piece() -> None:
    synth = Synth().memory64(0x1000, b"abc").memory64(0x1003, b"def").memory64(0x2000, b"x")
    assert read_memory(memory_of(synth), 0x1001, 100) == b"bcdef"


def test_the_64_bit_list_lies_back_to_back() -> None:
    synth = Synth().memory64(0x9000, b"nine").memory64(0x1000, b"one")
    memory = memory_of(synth)
    assert read_memory(memory, 0x1000, 9) == b"one"
    assert read_memory(memory, 0x9000, 9) == b"nine"


def test_a_stack_that_only_its_thread_names_can_be_read() -> None:
    synth = Synth().system()
    synth.thread(1, amd64_context(), b"stack", STACK)
    synth.ranges.clear()
    assert read_memory(memory_of(synth), STACK + 1, 9) == b"tack"


def test_lists_are_tried_in_turn_in_the_middle_of_a_read() -> None:
    synth = Synth().memory(0x1003, b"def").memory64(0x1000, b"abc")
    assert read_memory(memory_of(synth), 0x1000, 9) == b"abcdef"


def test_ranges_over_each_other_are_read_once() -> None:
    """Windows writes its 256-byte instruction windows so when two threads are close by."""
    synth = Synth().memory(0x1100, b"B" * 256).memory(0x1080, b"A" * 256).memory(0x10A0, b"in")
    memory = memory_of(synth)
    assert list(memory.ranges()) == [Range(0x1080, 0x1200)]
    assert read_memory(memory, 0x1080, 999) == b"A" * 256 + b"B" * 128


def test_populated_is_cut_to_what_was_asked() -> None:
    synth = Synth().memory(0x1000, b"a" * 16).memory(0x2000, b"b" * 16).memory64(0x1010, b"c" * 16)
    memory = memory_of(synth)
    assert list(memory.populated(0x1008, 0x2008)) == [Range(0x1008, 0x1020), Range(0x2000, 0x2008)]
    assert list(memory.populated(0x1020, 0x2000)) == []
    assert list(memory.populated(0, 0)) == []


def test_what_the_file_ends_before_is_short_and_its_neighbours_are_whole() -> None:
    data = Synth().memory64(0x1000, b"a" * 16).memory64(0x2000, b"b" * 16).build()
    memory = read_dump(data[:-10]).memory
    assert read_memory(memory, 0x1000, 99) == b"a" * 16
    assert read_memory(memory, 0x2000, 99) == b"b" * 6
    cut = memory.missing(0x2006)
    assert cut is not None
    assert "the file ends before it" in cut.reason


def test_a_range_at_the_end_of_the_address_space() -> None:
    memory = memory_of(Synth().memory(2**64 - 4, b"end!"))
    assert read_memory(memory, 2**64 - 4, 99) == b"end!"
    assert list(memory.ranges()) == [Range(2**64 - 4, 2**64)]


def test_a_range_beyond_the_address_space_is_cut() -> None:
    memory = memory_of(Synth().memory(2**64 - 2, b"end!"))
    assert read_memory(memory, 2**64 - 2, 99) == b"en"


@pytest.mark.parametrize(
    "body",
    [b"", bytes(15), struct.pack("<QQ", 1, 0), struct.pack("<QQ", 2**63, 0) + bytes(160)],
)
def test_broken_64_bit_lists_raise(body: bytes) -> None:
    file = read_dump(Synth().stream(StreamType.Memory64ListStream, body).build()).file
    with pytest.raises(DumpError):
        read_memory64_list(file)


def test_a_broken_list_is_a_problem_and_the_other_list_still_works() -> None:
    synth = Synth().memory(0x1000, b"abc").stream(StreamType.Memory64ListStream, b"?")
    dump = read_dump(synth.build())
    assert read_memory(dump.memory, 0x1000, 3) == b"abc"
    assert [problem.where for problem in dump.file.problems] == ["Memory"]


def test_sizes_and_offsets_that_would_overflow_are_harmless() -> None:
    huge = struct.pack("<QQ", 3, 2**64 - 1) + struct.pack("<6Q", *([2**64 - 1] * 6))
    memory = memory_of(Synth().stream(StreamType.Memory64ListStream, huge))
    assert read_memory(memory, 2**64 - 1, 8) == b""
    assert list(memory.ranges()) == []


def test_a_hundred_thousand_ranges_cost_little() -> None:
    count = 100_000
    entries = b"".join(struct.pack("<QQ", 0x1000 + 32 * n, 16) for n in range(count))
    body = struct.pack("<QQ", count, 32) + entries
    synth = Synth()
    synth.put(bytes(16 * count))
    dump = read_dump(synth.stream(StreamType.Memory64ListStream, body).build())
    tracemalloc.start()
    try:
        assert dump.memory.missing(0x1000 + 32 * (count - 1)) is None
        assert dump.memory.missing(0x1010) is not None
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_the_table_keeps_the_lists_order() -> None:
    synth = Synth()
    first = MINIDUMP_MEMORY_DESCRIPTOR(0x9000, MINIDUMP_LOCATION_DESCRIPTOR(4, 40))
    second = MINIDUMP_MEMORY_DESCRIPTOR(0x1000, MINIDUMP_LOCATION_DESCRIPTOR(8, 0xFFFFFFFF))
    synth.ranges += [first, second]
    table = read_memory_list(read_dump(synth.build()).file)
    assert (list(table.starts), list(table.sizes)) == ([0x9000, 0x1000], [4, 8])
    assert list(table.offsets) == [40, 0xFFFFFFFF]
    assert list(table.ranges()) == [Range(0x9000, 0x9004), Range(0x1000, 0x1008)]
    assert table.size == 12


PIECES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20), st.booleans()), max_size=8)


@given(PIECES)
def test_every_address_reads_as_the_image_the_ranges_were_cut_from(
    pieces: list[tuple[int, int, bool]],
) -> None:
    """Whatever the ranges' order and overlap, as long as they agree, as real dumps' do."""
    image = bytes(range(100, 200))
    synth, held = Synth(), set[int]()
    for start, size, wide in pieces:
        add = synth.memory64 if wide else synth.memory
        add(start, image[start : start + size])
        held |= set(range(start, start + size))
    memory = memory_of(synth)
    for address in range(len(image)):
        expected = image[address : address + 1] if address in held else b""
        assert read_memory(memory, address, 1) == expected
    assert {a for r in memory.ranges() for a in range(r.start, r.end)} == held
    assert read_memory(memory, 0, 200) == image[: next(a for a in range(101) if a not in held)]
