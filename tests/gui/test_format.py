"""Numbers as a person says them."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dumpengine
from gui import format as words


@given(st.integers(0, 1 << 63))
def test_a_size_is_the_engines(count):
    assert words.size(count) == dumpengine.size_text(count)


def test_a_column_of_memory_is_in_the_same_megabytes():
    assert (words.megabytes(2_100_000), words.size(2_100_000)) == ("2.1 MB", "2.1 MB")


def test_both_sizes_of_a_pair_have_the_unit_of_the_whole():
    assert words.size_of(512_000, 2_000_000_000) == "0.0 of 2.0 GB"
    assert words.size_of(7_000_000, 0) == "7.0 MB"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0:00"), (61, "1:01"), (3723, "1:02:03"), (-1, "0:00")]
)
def test_clock(seconds, text):
    assert words.clock(seconds) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0.42, "0.4 ms"), (21.4, "21 ms"), (1300, "1.3 s"), (125_000, "2 min 5 s")],
)
def test_span(milliseconds, text):
    assert words.span(milliseconds) == text


def test_a_moment_of_another_day_has_its_date():
    then = datetime(2026, 3, 4, 5, 6, 7)
    assert words.moment(then.timestamp(), then) == "05:06:07"
    assert words.moment(then.timestamp(), datetime(2026, 3, 5)) == "2026-03-04 05:06"
    assert words.moment(0.0) == "–"
