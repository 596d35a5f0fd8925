"""Pages that failed after the layout: nothing that was read is lost, nothing unread remains."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dumpengine.snapshot import Range
from dumpengine.snapshot.ranges import RangeSet
from dumpengine.write.holes import close_holes, surviving


@st.composite
def areas(draw):
    """Ranges as they are laid out, and parts of them that failed."""
    ranges, address = [], 0
    for gap, size in draw(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 12)), max_size=8)):
        ranges.append(Range(address + gap, address + gap + size))
        address += gap + size
    failed = [
        Range(max(start, whole.start), min(start + size, whole.end))
        for whole in ranges
        for start, size in draw(
            st.lists(
                st.tuples(st.integers(whole.start, whole.end - 1), st.integers(1, 5)), max_size=3
            )
        )
    ]
    return ranges, failed


def addresses(ranges) -> list[int]:
    return [address for piece in ranges for address in range(piece.start, piece.end)]


def layout(ranges) -> list[int | None]:
    return list(addresses(ranges))


@given(areas())
def test_after_the_moves_the_area_is_the_list_back_to_back(area):
    ranges, failed = area
    lost = set(addresses(failed))
    file = [None if address in lost else address for address in layout(ranges)]
    order, moves = close_holes(ranges, failed)
    for move in moves:
        assert move.offset + move.piece.size <= len(file)
        file[move.offset : move.offset + move.piece.size] = addresses([move.piece])
    expected = addresses(order)
    assert file[: len(expected)] == expected
    assert sorted(expected) == sorted(set(addresses(ranges)) - lost)


@given(areas())
def test_what_survived_lies_where_it_was_laid(area):
    ranges, failed = area
    file = layout(ranges)
    lost = set(addresses(failed))
    found: list[int] = []
    for item in surviving(ranges, failed):
        part = addresses([item.piece])
        assert file[item.offset : item.offset + item.piece.size] == part
        found += part
    assert found == [address for address in file if address not in lost]


def test_nothing_failed_means_nothing_moves():
    ranges = [Range(0, 10), Range(20, 30)]
    assert close_holes(ranges, []) == (ranges, [])


def test_everything_failed_leaves_nothing():
    ranges = [Range(0, 10), Range(20, 30)]
    assert close_holes(ranges, ranges) == ([], [])
    assert surviving(ranges, list(RangeSet(ranges))) == []
