"""The two shapes of a list."""

from __future__ import annotations

import pytest

from dumpengine.errors import DumpError
from dumpengine.read.lists import counted_entries, headed_entries


def test_entries_follow_the_count() -> None:
    assert counted_entries(b"\2\0\0\0aaaabbbb", 4, "It") == b"aaaabbbb"


def test_four_bytes_of_padding_behind_the_count_are_skipped() -> None:
    assert counted_entries(b"\2\0\0\0\0\0\0\0aaaabbbb", 4, "It") == b"aaaabbbb"


def test_bytes_behind_the_entries_are_left_alone() -> None:
    assert counted_entries(b"\1\0\0\0aaaa" + bytes(7), 4, "It") == b"aaaa"


@pytest.mark.parametrize("body", [b"", b"\1\0\0", b"\1\0\0\0aaa", b"\xff\xff\xff\xffaaaa"])
def test_a_list_that_ends_before_its_count_says(body: bytes) -> None:
    with pytest.raises(DumpError, match=r"^It "):
        counted_entries(body, 4, "It")


def test_longer_heads_and_entries_of_newer_writers_are_cut() -> None:
    body = bytes(20) + b"aaaa++bbbb++"
    assert headed_entries(body, 20, 6, 2, 4) == b"aaaabbbb"


@pytest.mark.parametrize(
    ("header", "stride", "count"), [(12, 3, 1), (0, 4, 1), (12, 4, 9), (2**32 - 1, 4, 1)]
)
def test_impossible_heads_are_refused(header: int, stride: int, count: int) -> None:
    with pytest.raises(DumpError):
        headed_entries(bytes(24), header, stride, count, 4)
