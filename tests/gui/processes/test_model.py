"""The list equals the last look, whatever came before, without a reset and with its selection."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from dumpengine import ProcessKey
from gui.processes.arrange import Branch, Filter, Order, arrange
from gui.processes.columns import ColumnId, make_columns
from gui.processes.entry import Entry, Mark, ident
from gui.processes.model import ProcessModel, Role
from gui.processes.search import parse
from gui.titles.facts import ProcessWindows
from tests.support.gui_fakes import row, some_processes

COLUMNS = make_columns()


def column(name: ColumnId):
    return next(each for each in COLUMNS if each.id is name)


def entries_of(rows) -> dict[tuple[int, float], Entry]:
    return {ident(each.key): Entry(each) for each in rows}


def shown(model: ProcessModel):
    """Return what the model shows as (key, branch), from top to bottom."""
    indexes = [model.index(i, 0) for i in range(model.rowCount())]
    return [(ident(index.data(Role.KEY)), index.data(Role.BRANCH)) for index in indexes]


class Watched:
    """A model under test, with a count of its resets."""

    def __init__(self) -> None:
        self.model = ProcessModel(COLUMNS)
        self.tester = QAbstractItemModelTester(
            self.model, QAbstractItemModelTester.FailureReportingMode.Fatal
        )
        self.resets = 0
        self.model.modelReset.connect(self._count)

    def _count(self) -> None:
        self.resets += 1

    def show(self, rows, order: Order, nested: bool, text: str = "", closed=frozenset()) -> None:
        entries = entries_of(rows)
        arrangement = arrange(entries, Filter(parse(text)), order, nested, closed)
        self.model.show(entries, arrangement)
        assert shown(self.model) == [
            (key, arrangement.branches.get(key)) for key in arrangement.rows
        ]
        for place, key in enumerate(arrangement.rows):
            texts = [self.model.index(place, n).data() for n in range(len(COLUMNS))]
            assert texts == [column.text(entries[key]) for column in COLUMNS]


BY_NAME = Order(column(ColumnId.NAME).sort)
BY_CPU = Order(column(ColumnId.CPU).sort, descending=True)

processes = st.builds(
    lambda pid, ppid, cpu, name: row(pid, name, ppid=ppid, cpu_percent=cpu, started=float(pid % 5)),
    st.integers(1, 14),
    st.integers(0, 14),
    st.one_of(st.none(), st.integers(0, 3).map(float)),
    st.sampled_from(["bash", "firefox", "gdb", "python3"]),
)
looks = st.lists(
    st.tuples(
        st.lists(processes, max_size=12, unique_by=lambda each: each.key),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "bash", "-gdb"]),
        st.frozensets(st.integers(1, 14).map(lambda pid: (pid, float(pid % 5))), max_size=4),
    ),
    min_size=2,
    max_size=8,
)


@given(looks)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_sequence_ends_as_the_last_look(qapp, sequence):
    watched = Watched()
    for rows, by_cpu, nested, text, closed in sequence:
        kept = {
            key: QPersistentModelIndex(watched.model.index_of(key))
            for key in (ProcessKey(*each) for each in watched.model.order())
        }
        watched.show(rows, BY_CPU if by_cpu else BY_NAME, nested, text, closed)
        for key, index in kept.items():
            if watched.model.shows(key):
                assert watched.model.key_at(QModelIndex(index)) == key
            else:
                assert not index.isValid()
    assert watched.resets == 0


def test_a_changed_fact_is_one_signal(qtbot):
    watched = Watched()
    rows = some_processes()
    watched.show(rows, BY_NAME, nested=False)
    shown_texts = [watched.model.index_of(each.key, 3).data() for each in rows]
    assert "97.3" in shown_texts
    busier = tuple(
        replace(each, cpu_percent=50.0) if each.key.pid == 4711 else each for each in rows
    )
    changes = []
    watched.model.dataChanged.connect(
        lambda a, b: changes.append((a.row(), a.column(), b.column()))
    )
    moves = []
    watched.model.layoutChanged.connect(lambda: moves.append(1))
    watched.show(busier, BY_NAME, nested=False)
    cpu = watched.model.column_number(ColumnId.CPU)
    place = watched.model.index_of(busier[5].key).row()
    assert changes == [(place, cpu, cpu)]
    assert moves == []


def test_a_changed_title_is_painted_and_one_that_is_the_same_is_not(qtbot):
    watched = Watched()
    before = entries_of(some_processes())
    arrangement = arrange(before, Filter(), BY_NAME, nested=False)
    changes = []
    watched.model.dataChanged.connect(
        lambda a, b: changes.append((a.row(), b.row(), a.column(), b.column()))
    )

    def show(*titles: str) -> None:
        windows = ProcessWindows(titles)
        entries = {k: Entry(e.row, windows=windows if k[0] == 5120 else ProcessWindows())
                   for k, e in before.items()}  # fmt: skip
        watched.model.show(entries, arrangement)
        for place in range(watched.model.rowCount()):
            assert watched.model.index(place, 0).data()  # as a view that paints

    show("Inbox")
    show("Inbox")
    assert changes == []
    show("Inbox", "Drafts")
    place = [key[0] for key in watched.model.order()].index(5120)
    window = watched.model.column_number(ColumnId.WINDOW)
    assert changes == [(place, place, window, window)]
    assert watched.model.index(place, window).data() == "Inbox · Drafts"
    tip = watched.model.index(place, window).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "Inbox\nDrafts"


def test_an_insertion_in_the_middle_moves_nothing(qtbot):
    watched = Watched()
    rows = some_processes()
    watched.show(rows, BY_NAME, nested=False)
    with qtbot.assertNotEmitted(watched.model.layoutChanged):
        watched.show((*rows, row(7000, "kate")), BY_NAME, nested=False)


def test_an_orphan_goes_to_the_top_and_a_late_parent_takes_its_child(qtbot):
    watched = Watched()
    parent, child = row(10, "shell"), row(11, "job", ppid=10)
    watched.show((parent, child), BY_NAME, nested=True)
    watched.show((child,), BY_NAME, nested=True)
    assert shown(watched.model) == [(ident(child.key), Branch(0))]
    watched.show((parent, child), BY_NAME, nested=True)
    assert shown(watched.model) == [
        (ident(parent.key), Branch(0, opened=True)), (ident(child.key), Branch(1)),
    ]  # fmt: skip


def test_a_process_that_is_no_longer_new_is_painted_again(qtbot):
    watched = Watched()
    entries = entries_of([row(1, "a")])
    arrangement = arrange(entries, Filter(), BY_NAME, nested=False)
    watched.model.show({key: Entry(e.row, Mark.NEW) for key, e in entries.items()}, arrangement)
    assert watched.model.index(0, 0).data(Qt.ItemDataRole.FontRole).bold()
    assert watched.model.index(0, 0).data() == "a"
    changes = []
    watched.model.dataChanged.connect(lambda a, b: changes.append((a.column(), b.column())))
    watched.model.show(entries, arrangement)
    assert changes == [(0, len(COLUMNS) - 1)]
    assert watched.model.index(0, 0).data(Qt.ItemDataRole.FontRole) is None


def test_unread_facts_are_a_dash_with_a_reason(qtbot):
    watched = Watched()
    rows = some_processes()
    watched.show(rows, BY_NAME, nested=False)
    mystery = next(each for each in rows if each.name == "mystery")
    index = watched.model.index_of(mystery.key, watched.model.column_number(ColumnId.MEMORY))
    assert index.data() == "–"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "The system does not let you read this."


@pytest.mark.parametrize("descending", [False, True])
def test_what_is_not_known_comes_last(descending):
    order = Order(column(ColumnId.MEMORY).sort, descending)
    rows = (row(1, "a", rss=None), row(2, "b", rss=5), row(3, "c", rss=9))
    arrangement = arrange(entries_of(rows), Filter(), order, nested=False)
    assert [key[0] for key in arrangement.rows] == ([3, 2, 1] if descending else [2, 3, 1])
