"""Which rows are shown, and which are kept because of their relatives."""

from __future__ import annotations

from gui.processes.arrange import Filter, Order, arrange, find_parents
from gui.processes.entry import Entry, ident
from gui.processes.search import parse
from tests.support.gui_fakes import row, some_processes

BY_PID = Order(lambda entry: entry.row.key.pid)


def arranged(text: str, nested: bool, **options):
    entries = {ident(each.key): Entry(each) for each in some_processes()}
    return arrange(entries, Filter(parse(text), **options), BY_PID, nested)


def pids(arrangement) -> list[int]:
    return sorted(key[0] for keys in arrangement.children.values() for key in keys)


def test_a_match_keeps_its_ancestors_and_its_children():
    assert pids(arranged("name:checkout", nested=True)) == [1, 812, 4402, 4711, 4750]
    assert pids(arranged("name:checkout", nested=False)) == [4711]


def test_children_outside_the_scope_stay_hidden():
    arrangement = arranged("", nested=True, only_mine=True)
    assert 5500 not in pids(arrangement)
    assert 812 in pids(arrangement)  # root's, and the parent of what is mine


def test_the_counts_add_up():
    for nested in (False, True):
        for text in ("", "bash", "nothing"):
            found = arranged(text, nested, only_mine=True, kernel_threads=False)
            assert found.shown + found.out_of_scope + found.not_found == found.total == 14


def test_a_reused_id_is_nobodys_parent():
    child = row(20, "old", ppid=10, started=100.0)
    stranger = row(10, "new", started=500.0)
    assert find_parents({ident(each.key): Entry(each) for each in (child, stranger)}) == {}
