"""What one searches processes with: words, ``is:`` states, fields and regular expressions.

``chrome 4711`` finds rows with both, ``chrome | firefox`` rows with either, ``-root`` rows without
it, ``user:ann`` looks in one column, ``/w[0-9]+$/`` is a regular expression, ``is:stopped`` a
state. A process id is found in decimal and in hexadecimal (``0x1267``). The terminal speaks
:data:`ROWS`; the window adds what only a window knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from dumpengine.processes.listing import ProcessRow

T = TypeVar("T")
Test = Callable[[T], bool]

_TOKEN = re.compile(r'-?(?:\w+:)?(?:"[^"]*"|/(?:[^/\\]|\\.)*/(?=\s|$))|\S+')
_REGEX = re.compile(r"/(.+)/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SearchLanguage(Generic[T]):
    """What can be asked of a thing: a word in ``text``, ``field:word``, ``is:state``."""

    text: Callable[[T], str]
    fields: Mapping[str, Callable[[T], str]]
    states: Mapping[str, Callable[[T], bool]]


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """A parsed search. ``problem`` says what of it could not be understood."""

    text: str
    alternatives: tuple[tuple[Test[T], ...], ...] = ()
    problem: str = ""

    def matches(self, thing: T) -> bool:
        """Return whether it is found; an empty search finds all."""
        if not self.alternatives:
            return True
        return any(all(test(thing) for test in tests) for tests in self.alternatives)


def parse_search(text: str, language: SearchLanguage[T]) -> Query[T]:
    """Read a search; what cannot be understood is searched for literally, and said."""
    try:
        alternatives = _Reader(language).alternatives(_TOKEN.findall(text))
    except _MisunderstoodError as error:
        words = tuple(_contains(language.text, word) for word in text.split())
        return Query(text.strip(), (words,), str(error))
    return Query(text.strip(), tuple(alternatives))


class _MisunderstoodError(Exception):
    """Carries the sentence that says what is not known."""


@dataclass(frozen=True, slots=True)
class _Reader(Generic[T]):
    language: SearchLanguage[T]

    def alternatives(self, tokens: Iterable[str]) -> list[tuple[Test[T], ...]]:
        groups: list[list[Test[T]]] = [[]]
        for token in tokens:
            if token == "|":
                groups.append([])
            else:
                groups[-1].append(self._test(token))
        return [tuple(group) for group in groups if group]

    def _test(self, token: str) -> Test[T]:
        if token.startswith("-") and len(token) > 1:
            unwanted = self._test(token[1:])
            return lambda thing: not unwanted(thing)
        field, colon, rest = token.partition(":")
        if colon and field.lower() == "is":
            return self._state(rest.lower())
        if colon and field.lower() in self.language.fields and rest:
            return _pattern(self.language.fields[field.lower()], rest)
        return _pattern(self.language.text, token)

    def _state(self, word: str) -> Test[T]:
        states = self.language.states
        if word not in states:
            known = " ".join(f"is:{name}" for name in states)
            raise _MisunderstoodError(f"“is:{word}” is not known. There are: {known}")
        return states[word]


def _pattern(get: Callable[[T], str], token: str) -> Test[T]:
    if found := _REGEX.fullmatch(token):
        return _regex(get, found[1])
    return _contains(get, token.strip('"'))


def _regex(get: Callable[[T], str], pattern: str) -> Test[T]:
    try:
        compiled = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        sentence = f"“{pattern}” is not a regular expression: {error.msg}."
        raise _MisunderstoodError(sentence) from None
    return lambda thing: compiled.search(get(thing)) is not None


def _contains(get: Callable[[T], str], word: str) -> Test[T]:
    wanted = word.casefold()
    return lambda thing: wanted in get(thing).casefold()


def _text(row: ProcessRow) -> str:
    parts = (row.name, str(row.key.pid), hex(row.key.pid), row.user, row.cmdline, row.exe)
    return "\n".join(part for part in parts if part)


ROWS: SearchLanguage[ProcessRow] = SearchLanguage(
    text=_text,
    fields={
        "name": lambda row: row.name,
        "pid": lambda row: f"{row.key.pid}\n{hex(row.key.pid)}",
        "user": lambda row: row.user or "",
        "cmd": lambda row: row.cmdline or "",
        "path": lambda row: row.exe or "",
        "arch": lambda row: row.arch,
        "state": lambda row: row.label or row.status,
    },
    states={
        "mine": lambda row: row.mine,
        "other": lambda row: not row.mine,
        "stopped": lambda row: row.status == "stopped",
        "running": lambda row: row.status == "running",
        "sleeping": lambda row: row.status in ("sleeping", "idle", "disk-sleep"),
        "waiting": lambda row: row.status == "disk-sleep",
        "32bit": lambda row: row.arch in ("x86", "arm"),
        "64bit": lambda row: row.arch in ("x64", "arm64"),
        "traced": lambda row: row.label.startswith("traced"),
        "zombie": lambda row: row.status == "zombie",
        "kernel": lambda row: row.kernel,
        "dumpable": lambda row: row.dumpable,
        "refused": lambda row: not row.dumpable,
    },
)
