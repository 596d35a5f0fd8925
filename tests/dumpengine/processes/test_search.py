"""The search's words over processes, as the terminal has them; the window's are tested there."""

from __future__ import annotations

import pytest

from dumpengine.processes.search import ROWS, parse_search
from tests.support.gui_fakes import some_processes


@pytest.mark.parametrize(
    ("text", "pids"),
    [
        ("checkout 4711", [4711]),
        ("0x1267", [4711]),
        ("firefox | gdb", [5120, 5121]),
        ("is:dumpable -firefox -user:root name:g", [5121, 5300, 5401]),
        ("/^b.sh$|fox$/", [4402, 5120]),
        ("state:gdb", [4750]),
        ("is:zombie", [5600]),
    ],
)
def test_what_is_found(text, pids):
    query = parse_search(text, ROWS)
    assert not query.problem
    assert [row.key.pid for row in some_processes() if query.matches(row)] == pids


@pytest.mark.parametrize("text", ["is:sleepy", "/[/"])
def test_what_is_not_understood_is_said(text):
    assert parse_search(text, ROWS).problem
