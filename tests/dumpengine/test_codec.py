"""The JSON form of values: what is written comes back, and nothing else is let in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dumpengine import codec
from dumpengine.codec import Codec, MalformedError


class Colour(Enum):
    """Two of them."""

    RED = 1
    DARK_BLUE = 2


@dataclass(frozen=True, slots=True)
class Point:
    """A record of our own."""

    x: int
    name: str = "origin"
    home: str = "not sent"


POINT = codec.record(Point, {"x": codec.integer(-5, 5), "name": codec.text(6)})


@pytest.mark.parametrize(
    ("form", "value", "written"),
    [
        (codec.flag(), True, True),
        (codec.integer(0, 9), 9, 9),
        (codec.number(), 1.5, 1.5),
        (codec.text(), "é", "é"),
        (codec.binary(), b"\0\xff", "AP8="),
        (codec.member(Colour), Colour.DARK_BLUE, "dark_blue"),
        (codec.optional(codec.flag()), None, None),
        (codec.optional(codec.flag()), False, False),
        (codec.many(codec.integer(0, 9), tuple), (3, 1), [3, 1]),
        (codec.many(codec.integer(0, 9), frozenset), frozenset({3, 1}), [1, 3]),
        (POINT, Point(3, "here"), {"x": 3, "name": "here"}),
    ],
)
def test_there_and_back(form: Codec[Any], value: object, written: object) -> None:
    assert form.write(value) == written
    assert form.read(json.loads(json.dumps(written))) == value


@pytest.mark.parametrize(
    ("form", "value", "about"),
    [
        (codec.flag(), 1, "neither true nor false"),
        (codec.integer(1, 9), 0, "from 1 to 9"),
        (codec.integer(1, 9), 10, "from 1 to 9"),
        (codec.integer(0, 9), True, "from 0 to 9"),
        (codec.integer(0, 9), 2.0, "from 0 to 9"),
        (codec.number(), float("nan"), "no number"),
        (codec.number(), -1, "no number"),
        (codec.number(), True, "no number"),
        (codec.text(3), "four", "too long"),
        (codec.text(), 3, "not a text"),
        (codec.binary(), "%", "not base64"),
        (codec.binary(), "é", "not base64"),
        (codec.binary(), None, "not a text"),
        (codec.member(Colour), "RED", "none of red, dark_blue"),
        (codec.member(Colour), [], "none of red, dark_blue"),
        (codec.many(codec.flag(), tuple), "x", "no list"),
        (codec.many(codec.flag(), tuple), [True] * 4097, "too long"),
        (codec.many(codec.flag(), tuple), [True, None], "neither true nor false"),
        (POINT, [], "no object"),
        (POINT, {"name": "here"}, "without x"),
        (POINT, {"x": 9}, "x: no number from -5 to 5"),
        (POINT, {"x": 1, "home": "mine"}, "nobody knows 'home'"),
    ],
)
def test_anything_else_is_refused(form: Codec[Any], value: object, about: str) -> None:
    with pytest.raises(MalformedError) as caught:
        form.read(value)
    assert about in str(caught.value)


def test_what_is_missing_is_its_default() -> None:
    assert POINT.read({"x": 1}) == Point(1)


@given(some.recursive(some.none() | some.booleans() | some.floats() | some.text(), some.lists))
def test_nothing_but_malformed_is_raised(value: object) -> None:
    for form in (POINT, codec.many(POINT, tuple), codec.binary(), codec.member(Colour)):
        try:
            form.read(value)
        except MalformedError:
            continue
        assert value == [] or isinstance(value, str)
