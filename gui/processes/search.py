"""The search box's language: the engine's, and what only a window knows. No Qt here.

A process is also found by the titles of its windows (``window:inbox``), by whether it has just come
or gone (``is:new``), and by whether it answers (``is:hung``).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from dumpengine import ROWS, ProcessRow, SearchLanguage, parse_search
from dumpengine import Query as AnyQuery
from gui.processes.entry import Entry, Mark

Query = AnyQuery[Entry]
T = TypeVar("T")


def _of_row(ask: Callable[[ProcessRow], T], entry: Entry) -> T:
    return ask(entry.row)


def _text(entry: Entry) -> str:
    return "\n".join((ROWS.text(entry.row), *entry.windows.titles))


FIELDS: dict[str, Callable[[Entry], str]] = {
    **{name: partial(_of_row, get) for name, get in ROWS.fields.items()},
    "state": lambda entry: entry.state,
    "window": lambda entry: "\n".join(entry.windows.titles),
}

STATES: dict[str, Callable[[Entry], bool]] = {
    **{name: partial(_of_row, test) for name, test in ROWS.states.items()},
    "hung": lambda entry: entry.hung,  # Windows tells of its windows, X11 does not
    "dumpable": lambda entry: entry.dumpable,
    "refused": lambda entry: not entry.dumpable,
    "new": lambda entry: entry.mark is Mark.NEW,
    "ended": lambda entry: entry.mark is Mark.ENDED,
}

_LANGUAGE = SearchLanguage(_text, FIELDS, STATES)


def parse(text: str) -> Query:
    """Read a search; what cannot be understood is searched for literally, and said."""
    return parse_search(text, _LANGUAGE)
