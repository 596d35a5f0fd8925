"""Makes columns of rows of one type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from gui import format as words
from gui.viewer.table import Field

T = TypeVar("T")


def _address(value: int) -> str:
    return f"0x{int(value):016x}"


class Columns(Generic[T]):
    """Makes the columns of rows of one type.

    Methods of a typed object, not functions: mypy lets a lambda pass whatever it names where it
    infers the row from what is returned.
    """

    def text(self, title: str, value: Callable[[T], str]) -> Field[T]:
        """A text, sorted as such."""
        return Field(title, value)

    def number(self, title: str, value: Callable[[T], int]) -> Field[T]:
        """A whole number."""
        return Field(title, lambda row: f"{value(row):,}", value, numeric=True)

    def size(self, title: str, value: Callable[[T], int]) -> Field[T]:
        """A number of bytes."""
        return Field(title, lambda row: words.size(value(row)), value, numeric=True)

    def at(self, title: str, value: Callable[[T], int]) -> Field[T]:
        """An address."""
        return Field(
            title, lambda row: _address(value(row)), lambda row: int(value(row)), fixed=True
        )

    def sorted(
        self,
        title: str,
        text: Callable[[T], str],
        sort: Callable[[T], Any],
        *,
        numeric: bool = True,
        fixed: bool = False,
    ) -> Field[T]:
        """A text, sorted by what it stands for: a number to the right, or in fixed width."""
        return Field(title, text, sort, numeric=numeric and not fixed, fixed=fixed)
