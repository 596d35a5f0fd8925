"""Notes fit their room whatever there is to say."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dumpengine.snapshot import SoftError
from dumpengine.write.notes import (
    ROOM_FOR_JSON,
    ROOM_FOR_WORDS,
    notes_json,
    notes_words,
    room_for,
)

problems = st.lists(
    st.builds(
        SoftError,
        st.text(max_size=40),
        st.text(max_size=80),
        st.none() | st.integers(0, (1 << 64) - 1),
        st.integers(0, 1 << 50),
    ),
    max_size=300,
)


@given(problems)
def test_json_fits_and_no_skipped_byte_is_forgotten(found):
    data = notes_json(found, ["a warning"])
    assert len(data) <= ROOM_FOR_JSON
    told = json.loads(data)
    assert told["version"] == 1
    assert sum(item["skipped"] for item in told["skipped"]) == sum(p.skipped for p in found)


@given(problems)
def test_words_fit_are_ascii_and_end(found):
    data = notes_words(found, [], [], ROOM_FOR_WORDS)
    assert len(data) <= ROOM_FOR_WORDS
    assert bool(data) is bool(found)
    if found:
        data.decode("ascii")
        assert data.endswith(b"\0")
        assert data.startswith(b"This dump is not complete:")


def test_nothing_to_say_is_nothing():
    assert notes_json([], []) == b""
    assert notes_words([], ["a warning"], [], ROOM_FOR_WORDS) == b""


def test_long_warnings_alone_do_not_overflow():
    assert len(notes_json([], ["x" * 3000] * 3)) <= ROOM_FOR_JSON


def test_what_is_said_first_stands_first():
    words = notes_words([], ["a warning"], ["It ended."], ROOM_FOR_WORDS)
    assert words == b"It ended.\na warning\0"


@given(problems, st.lists(st.text(max_size=200), max_size=5))
def test_room_that_is_known_beforehand_is_enough_and_no_more(found, warnings):
    room = room_for(found, warnings)
    facts, words = notes_json(found, warnings), notes_words(found, warnings, [], ROOM_FOR_WORDS)
    assert (len(facts), len(words)) == (room.json, room.words)
    assert notes_json(found, warnings, room.json) == facts


@pytest.mark.parametrize("room", [0, 1, 15, 16, 40])
def test_however_little_room_there_is_it_is_not_overrun(room):
    found = [SoftError("memory", "could not be read", 1, 4096)]
    assert len(notes_json(found, ["w" * 99], room)) <= room
    assert len(notes_words(found, [], ["It ended."], room)) <= room
