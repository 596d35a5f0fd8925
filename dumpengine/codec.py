"""The JSON form of values: how each is written, and how one that arrives is checked.

What arrives may come from somebody who means harm, so that nothing is taken for granted: every
value has a type and a limit, and what a record does not know is refused.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, fields
from enum import Enum
from typing import Any, Generic, TypeVar

MAX_ITEMS = 4096  # of a list, and characters of a name

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class MalformedError(ValueError):
    """A value that must not be; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """How a value of one type is written as JSON; ``read`` checks, and raises MalformedError."""

    write: Callable[[T], Any]
    read: Callable[[Any], T]


def _same(value: Any) -> Any:
    return value


def flag() -> Codec[bool]:
    """Return the form of true and false."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise MalformedError("neither true nor false")
        return value

    return Codec(_same, read)


def integer(low: int, high: int) -> Codec[int]:
    """Return the form of a whole number from ``low`` to ``high``."""

    def read(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise MalformedError(f"no number from {low} to {high}")
        return value

    return Codec(int, read)


def number() -> Codec[float]:
    """Return the form of a time, in any unit used here."""

    def read(value: Any) -> float:
        if type(value) in (int, float) and 0 <= value < 1e12:
            return float(value)
        raise MalformedError("no number")

    return Codec(_same, read)


def text(limit: int = MAX_ITEMS) -> Codec[str]:
    """Return the form of a text of up to ``limit`` characters."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > limit:
            raise MalformedError("not a text, or too long")
        return value

    return Codec(_same, read)


def binary() -> Codec[bytes]:
    """Return the form of bytes: base64."""

    def read(value: Any) -> bytes:
        if not isinstance(value, str):
            raise MalformedError("not a text")
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise MalformedError("not base64") from None

    return Codec(lambda value: base64.b64encode(value).decode(), read)


def member(kind: type[E]) -> Codec[E]:
    """Return the form of a member of ``kind``: its name, in lower case."""
    known = {each.name.lower(): each for each in kind}

    def read(value: Any) -> E:
        if not isinstance(value, str) or value not in known:
            raise MalformedError(f"none of {', '.join(known)}")
        return known[value]

    return Codec(lambda value: value.name.lower(), read)


def optional(codec: Codec[T]) -> Codec[T | None]:
    """Return the form of what may be absent: null."""
    return Codec(
        lambda value: None if value is None else codec.write(value),
        lambda value: None if value is None else codec.read(value),
    )


def many(codec: Codec[T], make: Callable[[list[T]], Collection[T]]) -> Codec[Any]:
    """Return the form of a collection that ``make`` makes; a set is written in its order."""

    def write(values: Any) -> list[Any]:
        ordered = sorted(values) if isinstance(values, frozenset) else values
        return [codec.write(value) for value in ordered]

    def read(values: Any) -> Collection[T]:
        if not isinstance(values, list) or len(values) > MAX_ITEMS:
            raise MalformedError("no list, or too long")
        return make([codec.read(value) for value in values])

    return Codec(write, read)


def record(kind: type[T], forms: Mapping[str, Codec[Any]]) -> Codec[T]:
    """Return the form of a dataclass; fields that are not in ``forms`` stay at home."""
    required = {
        field.name
        for field in fields(kind)  # type: ignore[arg-type]  # T is a dataclass
        if field.default is MISSING and field.default_factory is MISSING
    }

    def write(value: T) -> dict[str, Any]:
        return {name: codec.write(getattr(value, name)) for name, codec in forms.items()}

    def read(value: Any) -> T:
        if not isinstance(value, dict):
            raise MalformedError("no object")
        if missing := required - set(value):
            raise MalformedError(f"without {', '.join(sorted(missing))}")
        return kind(**{name: _field(forms, name, each) for name, each in value.items()})

    return Codec(write, read)


def _field(forms: Mapping[str, Codec[Any]], name: str, value: Any) -> Any:
    if name not in forms:
        raise MalformedError(f"nobody knows {name[:MAX_ITEMS]!r}")
    try:
        return forms[name].read(value)
    except MalformedError as error:
        raise MalformedError(f"{name}: {error}") from None
