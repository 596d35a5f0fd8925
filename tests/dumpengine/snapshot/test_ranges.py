"""Sets of ranges against sets of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dumpengine.snapshot import Range
from dumpengine.snapshot.ranges import RangeSet, coalesced

pieces = st.lists(
    st.builds(lambda start, size: Range(start, start + size), st.integers(0, 60), st.integers(0, 9))
)


def numbers(ranges) -> set[int]:
    return {number for piece in ranges for number in range(piece.start, piece.end)}


def is_tidy(ranges: RangeSet) -> bool:
    listed = list(ranges)
    return all(piece.start < piece.end for piece in listed) and all(
        left.end < right.start for left, right in pairwise(listed)
    )


@given(pieces, pieces)
def test_union_difference_and_intersection_are_those_of_numbers(left, right):
    ours = RangeSet(left)
    for made, expected in (
        (ours.union(right), numbers(left) | numbers(right)),
        (ours.difference(right), numbers(left) - numbers(right)),
        (ours.intersection(right), numbers(left) & numbers(right)),
    ):
        assert numbers(made) == expected
        assert made.size == len(expected)
        assert is_tidy(made)


@given(pieces, st.integers(0, 70))
def test_containing_finds_the_range_that_holds_an_address(ranges, address):
    found = RangeSet(ranges).containing(address)
    assert (found is not None) is (address in numbers(ranges))
    assert found is None or found.start <= address < found.end


@given(pieces, st.integers(1, 5), pieces, st.integers(0, 20))
def test_coalescing_loses_nothing_and_invents_nothing(ranges, most, fillable, budget):
    before, room = RangeSet(ranges), RangeSet(fillable)
    after = coalesced(before, most, room, budget)
    assert numbers(before) <= numbers(after) <= numbers(before) | numbers(room)
    assert after.size - before.size <= budget
    assert len(after) <= len(before)


def test_the_smallest_holes_are_filled_first():
    ranges = RangeSet([Range(0, 10), Range(12, 20), Range(21, 30), Range(90, 99)])
    everywhere = RangeSet([Range(0, 100)])
    assert list(coalesced(ranges, 3, everywhere, 100)) == [
        Range(0, 10),
        Range(12, 30),
        Range(90, 99),
    ]


def test_a_hole_between_two_regions_stays():
    ranges = RangeSet([Range(0, 10), Range(12, 20)])
    assert coalesced(ranges, 1, RangeSet([Range(0, 11), Range(12, 20)]), 100) is not ranges
    assert list(coalesced(ranges, 1, RangeSet([Range(0, 11), Range(12, 20)]), 100)) == [
        Range(0, 10),
        Range(12, 20),
    ]
