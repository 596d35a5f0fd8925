"""A look takes the processes and their windows together."""

from __future__ import annotations

from gui.processes.arrange import Filter, Order
from gui.processes.listing import ListMaker, Wish
from gui.processes.search import parse
from gui.titles.facts import ProcessWindows
from tests.support.gui_fakes import FakeLister, row

BY_PID = Order(lambda entry: entry.row.key.pid)


def test_a_look_finds_processes_by_the_titles_of_their_windows():
    windows = {2: ProcessWindows(("Till 3",))}
    lister = FakeLister((row(1, "a"), row(2, "b")))
    maker = ListMaker(lister.poll, Wish(BY_PID, Filter(parse("till"))), lambda: windows)
    assert [key[0] for key in maker.look().arrangement.rows] == [2]
    windows.clear()
    assert maker.look().arrangement.rows == []


def test_windows_of_processes_that_have_not_been_seen_are_nobodys():
    lister = FakeLister((row(1, "a"),))
    maker = ListMaker(lister.poll, Wish(BY_PID), lambda: {7: ProcessWindows(("Till 3",))})
    entries = maker.look().entries
    assert [entry.windows for entry in entries.values()] == [ProcessWindows()]
