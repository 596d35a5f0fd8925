"""Which rows are shown, and which are kept because of their relatives."""

from __future__ import annotations

from gui.processes.arrange import Filter, Order, arrange, find_parents, row_after
from gui.processes.entry import Entry, ident
from gui.processes.search import parse
from tests.support.gui_fakes import row, some_processes

BY_PID = Order(lambda entry: entry.row.key.pid)


def arranged(text: str, nested: bool, closed=frozenset(), **options):
    entries = {ident(each.key): Entry(each) for each in some_processes()}
    return arrange(entries, Filter(parse(text), **options), BY_PID, nested, closed)


def pids(arrangement) -> list[int]:
    return sorted(key[0] for key in arrangement.rows)


def test_a_match_keeps_its_ancestors_and_its_children():
    assert pids(arranged("name:checkout", nested=True)) == [1, 812, 4402, 4711, 4750]
    assert pids(arranged("name:checkout", nested=False)) == [4711]


def test_children_outside_the_scope_stay_hidden():
    arrangement = arranged("", nested=True, only_mine=True)
    assert 5500 not in pids(arrangement)
    assert 812 in pids(arrangement)  # root's, and the parent of what is mine


def test_a_closed_branch_hides_its_children_until_the_search_finds_them():
    closed = frozenset({next(ident(r.key) for r in some_processes() if r.name == "sshd")})
    assert not {4402, 4711, 4750} & set(pids(arranged("", nested=True, closed=closed)))
    assert 4711 in pids(arranged("checkout", nested=True, closed=closed))
    assert 4711 in pids(arranged("", nested=False, closed=closed))
    assert arranged("", nested=True, closed=closed).shown == 14


def test_parents_stand_above_their_children():
    found = arranged("", nested=True)
    rows = [key[0] for key in found.rows]
    depths = {key[0]: branch.depth for key, branch in found.branches.items()}
    assert rows[rows.index(812) :][:4] == [812, 4402, 4711, 4750]
    assert [depths[pid] for pid in (812, 4402, 4711, 4750)] == [1, 2, 3, 4]
    assert found.branches[found.rows[rows.index(4711)]].opened is True
    assert found.branches[found.rows[rows.index(4750)]].opened is None


def test_what_comes_and_goes_above_does_not_move_what_is_looked_at():
    before = [(pid, 0.0) for pid in range(10)]
    after = [(pid, 0.0) for pid in (0, 20, 3, 21, 22, 23, 4, 5, 6, 7, 30, 8, 9)]
    assert after[row_after(before, after, 5)] == (5, 0.0)
    assert after[row_after(before, after, 4)] == (4, 0.0)
    assert row_after(before, after, 0) == 0
    assert row_after(before, [], 5) == 0


def test_the_counts_add_up():
    for nested in (False, True):
        for text in ("", "bash", "nothing"):
            found = arranged(text, nested, only_mine=True, kernel_threads=False)
            assert found.shown + found.out_of_scope + found.not_found == found.total == 14


def test_a_reused_id_is_nobodys_parent():
    child = row(20, "old", ppid=10, started=100.0)
    stranger = row(10, "new", started=500.0)
    assert find_parents({ident(each.key): Entry(each) for each in (child, stranger)}) == {}
