"""New and ended processes are shown for a moment, a selected one for as long as it is selected."""

from __future__ import annotations

from dataclasses import replace

from gui.processes.entry import Mark, ident
from gui.processes.store import LINGER_SECONDS, ProcessStore
from gui.titles.facts import ProcessWindows
from tests.support.gui_fakes import row

A, B = row(1, "a"), row(2, "b")


def marks(store: ProcessStore) -> dict[int, Mark]:
    return {key[0]: entry.mark for key, entry in store.entries.items()}


def test_the_first_look_marks_nothing():
    store = ProcessStore()
    store.update((A, B), 0.0)
    assert marks(store) == {1: Mark.NONE, 2: Mark.NONE}


def test_new_and_ended_are_marked_for_a_moment():
    store = ProcessStore()
    store.update((A,), 0.0)
    store.update((B,), 1.0)
    assert marks(store) == {1: Mark.ENDED, 2: Mark.NEW}
    store.update((B,), 1.0 + LINGER_SECONDS)
    assert marks(store) == {2: Mark.NONE}


def test_a_pinned_one_stays_until_it_is_let_go():
    store = ProcessStore()
    store.update((A,), 0.0)
    store.update((), 1.0)
    store.update((), 100.0, frozenset({A.key}))
    assert marks(store) == {1: Mark.ENDED}
    store.update((), 101.0)
    assert marks(store) == {}


def test_a_reused_id_is_another_process():
    store = ProcessStore()
    store.update((A,), 0.0)
    store.update((row(1, "other", started=A.started + 9),), 1.0)
    assert sorted(entry.mark.value for entry in store.entries.values()) == ["ended", "new"]


def test_an_unchanged_row_is_the_same_entry():
    store = ProcessStore()
    store.update((A, B), 0.0)
    before = dict(store.entries)
    store.update((A, replace(B, rss=1)), 1.0)
    assert store.entries[ident(A.key)] is before[ident(A.key)]
    assert store.entries[ident(B.key)] is not before[ident(B.key)]


def windows_of(**titles: str) -> dict[int, ProcessWindows]:
    return {each.key.pid: ProcessWindows((titles[each.name],)) for each in (A, B)}


def test_an_entry_is_the_same_until_its_windows_are_others():
    store = ProcessStore()
    store.update((A, B), 0.0, windows=windows_of(a="one", b="two"))
    before = dict(store.entries)
    store.update((A, B), 1.0, windows=windows_of(a="one", b="three"))
    assert store.entries[ident(A.key)] is before[ident(A.key)]
    assert store.entries[ident(B.key)].windows == ProcessWindows(("three",))
    store.update((A, B), 2.0)
    assert store.entries[ident(A.key)].windows == ProcessWindows()


def test_new_and_ended_ones_have_their_windows():
    store = ProcessStore()
    store.update((), 0.0)
    windows = windows_of(a="one", b="two")
    store.update((A,), 1.0, windows=windows)
    assert store.entries[ident(A.key)].windows == windows[1]
    store.update((A,), 2.0, windows=windows)
    assert store.entries[ident(A.key)].windows == windows[1]
    store.update((), 3.0)
    assert (marks(store), store.entries[ident(A.key)].windows) == ({1: Mark.ENDED}, windows[1])
