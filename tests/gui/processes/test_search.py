"""The search box's language."""

from __future__ import annotations

import pytest

from gui.processes.entry import Entry, Mark
from gui.processes.search import parse
from tests.support.gui_fakes import some_processes


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


def test_what_is_not_understood_is_searched_for_as_it_is():
    query = parse("/(/ x")
    assert "is not a regular expression" in query.problem
    assert not query.matches(Entry(some_processes()[0]))
