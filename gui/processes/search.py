"""The search box's language: words, ``is:`` states, fields and regular expressions. No Qt here.

``chrome 4711`` finds rows with both, ``chrome | firefox`` rows with either, ``-root`` rows without
it, ``user:ann`` looks in one column, ``/w[0-9]+$/`` is a regular expression, ``is:stopped`` a
state. A process id is found in decimal and in hexadecimal (``0x1267``), a process by the titles of
its windows (``window:inbox``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gui.i18n import tr
from gui.processes.entry import Entry, Mark

Test = Callable[[Entry], bool]

_TOKEN = re.compile(r'-?(?:\w+:)?(?:"[^"]*"|/(?:[^/\\]|\\.)*/(?=\s|$))|\S+')
_REGEX = re.compile(r"/(.+)/", re.DOTALL)


def _text(entry: Entry) -> str:
    row = entry.row
    parts = (row.name, str(row.key.pid), hex(row.key.pid), row.user, row.cmdline, row.exe)
    return "\n".join(part for part in (*parts, *entry.windows.titles) if part)


FIELDS: dict[str, Callable[[Entry], str]] = {
    "name": lambda entry: entry.row.name,
    "pid": lambda entry: f"{entry.row.key.pid}\n{hex(entry.row.key.pid)}",
    "user": lambda entry: entry.row.user or "",
    "cmd": lambda entry: entry.row.cmdline or "",
    "path": lambda entry: entry.row.exe or "",
    "arch": lambda entry: entry.row.arch,
    "state": lambda entry: entry.state,
    "window": lambda entry: "\n".join(entry.windows.titles),
}

STATES: dict[str, Test] = {
    "mine": lambda entry: entry.row.mine,
    "other": lambda entry: not entry.row.mine,
    "stopped": lambda entry: entry.row.status == "stopped",
    "running": lambda entry: entry.row.status == "running",
    "sleeping": lambda entry: entry.row.status in ("sleeping", "idle", "disk-sleep"),
    "waiting": lambda entry: entry.row.status == "disk-sleep",
    "32bit": lambda entry: entry.row.arch in ("x86", "arm"),
    "64bit": lambda entry: entry.row.arch in ("x64", "arm64"),
    "traced": lambda entry: entry.row.label.startswith("traced"),
    "hung": lambda entry: entry.hung,  # Windows tells of its windows, X11 does not
    "zombie": lambda entry: entry.row.status == "zombie",
    "kernel": lambda entry: entry.row.kernel,
    "dumpable": lambda entry: entry.dumpable,
    "refused": lambda entry: not entry.dumpable,
    "new": lambda entry: entry.mark is Mark.NEW,
    "ended": lambda entry: entry.mark is Mark.ENDED,
}


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search. ``problem`` says what of it could not be understood."""

    text: str
    alternatives: tuple[tuple[Test, ...], ...] = ()
    problem: str = ""

    def matches(self, entry: Entry) -> bool:
        """Return whether a row is found; an empty search finds all."""
        if not self.alternatives:
            return True
        return any(all(test(entry) for test in tests) for tests in self.alternatives)


class _MisunderstoodError(Exception):
    """Carries the sentence shown under the search box."""


def parse(text: str) -> Query:
    """Read a search; what cannot be understood is searched for literally, and said."""
    try:
        return Query(text.strip(), tuple(_alternatives(_TOKEN.findall(text))))
    except _MisunderstoodError as error:
        words = tuple(_contains(_text, word) for word in text.split())
        return Query(text.strip(), (words,), str(error))


def _alternatives(tokens: Iterable[str]) -> list[tuple[Test, ...]]:
    groups: list[list[Test]] = [[]]
    for token in tokens:
        if token == "|":
            groups.append([])
        else:
            groups[-1].append(_test(token))
    return [tuple(group) for group in groups if group]


def _test(token: str) -> Test:
    if token.startswith("-") and len(token) > 1:
        unwanted = _test(token[1:])
        return lambda entry: not unwanted(entry)
    field, colon, rest = token.partition(":")
    if colon and field.lower() == "is":
        return _state(rest.lower())
    if colon and field.lower() in FIELDS and rest:
        return _pattern(FIELDS[field.lower()], rest)
    return _pattern(_text, token)


def _state(word: str) -> Test:
    if word not in STATES:
        known = " ".join(f"is:{name}" for name in STATES)
        raise _MisunderstoodError(
            tr("“is:{word}” is not known. There are: {known}").format(word=word, known=known)
        )
    return STATES[word]


def _pattern(get: Callable[[Entry], str], token: str) -> Test:
    if found := _REGEX.fullmatch(token):
        return _regex(get, found[1])
    return _contains(get, token.strip('"'))


def _regex(get: Callable[[Entry], str], pattern: str) -> Test:
    try:
        compiled = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        sentence = tr("“{pattern}” is not a regular expression: {why}.")
        raise _MisunderstoodError(sentence.format(pattern=pattern, why=error.msg)) from None
    return lambda entry: compiled.search(get(entry)) is not None


def _contains(get: Callable[[Entry], str], word: str) -> Test:
    wanted = word.casefold()
    return lambda entry: wanted in get(entry).casefold()
