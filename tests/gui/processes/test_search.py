"""The search box's language."""

from __future__ import annotations

import pytest

from gui.processes.entry import Entry, Mark
from gui.processes.search import parse
from gui.titles.facts import ProcessWindows
from tests.support.gui_fakes import row, some_processes


def found(text: str) -> list[int]:
    query = parse(text)
    assert query.problem == ""
    return [each.key.pid for each in some_processes() if query.matches(Entry(each))]


@pytest.mark.parametrize(
    ("text", "pids"),
    [
        ("CHECKOUT", [4711]),
        ("4711", [4711]),
        ("0x1267", [4711]),
        ("--port 8181", [4711]),
        ('"--port 8181"', [4711]),
        ("firefox | gdb", [5120, 5121]),
        ("user:ann python", [5400]),
        ("name:python cmd:http.server", [5400]),
        ("is:stopped", [5300]),
        ("is:32bit", [5300]),
        ("is:traced", [4750]),
        ("is:kernel", [2, 77]),
        ("is:zombie", [5600]),
        ("is:dumpable -firefox -user:root name:g", [5121, 5300, 5401]),
        ("/^b.sh$|fox$/", [4402, 5120]),
        ("/^gdb$/", [5121]),
        ("path:/opt/", [4711]),
        ("state:gdb", [4750]),
    ],
)
def test_what_is_found(text, pids):
    assert found(text) == pids


def test_marks_can_be_searched():
    old, new = Entry(some_processes()[3]), Entry(some_processes()[4], Mark.NEW)
    assert [parse("is:new").matches(each) for each in (old, new)] == [False, True]


TITLED = Entry(row(1, "soffice"), windows=ProcessWindows(("Rechnung 3", "Entwürfe")))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("rechnung", True),
        ("ENTWÜRFE soffice", True),
        ('window:"rechnung 3"', True),
        ("/^entw.rfe$/", True),
        ("window:/^3/", False),
        ("window:soffice", False),
        ("name:rechnung", False),
        ("-window:entwürfe", False),
    ],
)
def test_titles_of_windows_can_be_searched(text, found):
    assert parse(text).matches(TITLED) is found


@pytest.mark.parametrize(
    ("status", "mark", "hung", "found"),
    [
        ("sleeping", Mark.NONE, True, True),
        ("sleeping", Mark.NEW, True, True),
        ("sleeping", Mark.NONE, False, False),
        ("stopped", Mark.NONE, True, False),  # it was told to stand still
        ("sleeping", Mark.ENDED, True, False),
    ],
)
def test_what_does_not_answer_says_so_and_is_found(status, mark, hung, found):
    entry = Entry(row(1, "a", status=status), mark, ProcessWindows(("title",), hung))
    assert parse("is:hung").matches(entry) is found
    assert ("not responding" in entry.state) is found


def test_what_is_not_understood_is_searched_for_as_it_is():
    query = parse("/(/ x")
    assert "is not a regular expression" in query.problem
    assert not query.matches(Entry(some_processes()[0]))
