"""Scrubber and the memories that blank: whatever is read, in whatever pieces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dumpengine.privacy.needles import needles
from dumpengine.privacy.scrubber import BlankedMemory, ScrubbedMemory, Scrubber
from dumpengine.snapshot import PAGE_SIZE, Memory, Range, read_memory
from dumpengine.snapshot.ranges import RangeSet
from tests.support.fake_memory import FakeMemory

SECRET = b"correct-horse-battery"
SCRUBBER = Scrubber(needles([SECRET]))


def test_text_and_bytes_lose_what_they_hold_of_a_secret() -> None:
    assert SCRUBBER.data(b"it is correct-horse, is it") == b"it is *************, is it"
    assert SCRUBBER.data(b"corre-hors") == b"corre-hors"
    assert SCRUBBER.text("ä hors, a batte: se-batt") == "ä hors, a batte: *******"
    assert Scrubber(()).data(SECRET) == SECRET


def scrubbed(memory: Memory) -> ScrubbedMemory:
    return ScrubbedMemory(memory, SCRUBBER)


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 30), st.sampled_from(["utf-8", "utf-16-le", "utf-32-le"]))
def test_pieces_hide_no_border(start: int, size: int, encoding: str) -> None:
    """However memory is cut into pieces, the pieces together show nothing."""
    data = b"<" * 20 + SECRET.decode().encode(encoding) + b">" * 20
    memory = scrubbed(FakeMemory({0x1000: data}))
    together = b"".join(
        read_memory(memory, 0x1000 + low, min(high, len(data)) - low)
        for low, high in _cuts(start, size, len(data))
    )
    assert len(together) == len(data)
    assert together.replace(b"\0", b"") == b"<" * 20 + b">" * 20


def _cuts(start: int, size: int, end: int) -> Iterator[tuple[int, int]]:
    if start:
        yield 0, min(start, end)
    while start < end:
        yield start, start + size
        start += size


def test_a_piece_behind_a_missing_page_is_looked_at_from_the_start_of_its_own() -> None:
    page = b"-horse-battery" + bytes(PAGE_SIZE - 14)
    memory = scrubbed(FakeMemory({PAGE_SIZE: page}))
    assert read_memory(memory, PAGE_SIZE + 3, 8) == bytes(8)
    assert read_memory(memory, PAGE_SIZE, 20) == bytes(20)


def test_only_what_could_be_read_is_counted() -> None:
    memory = scrubbed(FakeMemory({0: SECRET[:10]}))
    assert read_memory(memory, 0, 99) == bytes(10)
    assert read_memory(memory, 100, 9) == b""
    assert list(memory.populated(0, 99)) == [Range(0, 10)]


@pytest.mark.parametrize("start", range(32))
def test_blanking_hits_exactly_its_ranges_however_one_reads(start: int) -> None:
    blanked = RangeSet([Range(4, 8), Range(16, 40)])
    memory = BlankedMemory(FakeMemory({0: b"x" * 32}), blanked)
    expected = b"xxxx" + bytes(4) + b"x" * 8 + bytes(16)
    assert read_memory(memory, start, 3) == expected[start : start + 3]
    assert read_memory(memory, 0, 99) == expected
    assert list(memory.populated(0, 99)) == [Range(0, 32)]
