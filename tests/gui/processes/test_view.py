"""The columns stay as they were arranged, when there are more or fewer of them, too."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from gui.processes.columns import Column, ColumnId, make_columns
from gui.processes.model import ProcessModel
from gui.processes.view import ProcessView

COLUMNS = make_columns()
CPU = [column.id for column in COLUMNS].index(ColumnId.CPU)
WINDOW = [column.id for column in COLUMNS].index(ColumnId.WINDOW)


@pytest.fixture
def make_view(qtbot):
    def make(columns: tuple[Column, ...] = COLUMNS) -> ProcessView:
        view = ProcessView(ProcessModel(columns))
        qtbot.addWidget(view)
        return view

    return make


def arrange(view: ProcessView) -> None:
    view.setColumnHidden(CPU, True)
    view.header().moveSection(0, 2)
    view.header().resizeSection(1, 177)
    view.header().setSortIndicator(4, Qt.SortOrder.DescendingOrder)


def arrangement(view: ProcessView) -> tuple[object, ...]:
    header = view.header()
    hidden, place = view.isColumnHidden(CPU), header.visualIndex(0)
    order = (header.sortIndicatorSection(), header.sortIndicatorOrder())
    return hidden, place, header.sectionSize(1), order


@pytest.mark.parametrize("difference", [-2, -1, 0])
def test_a_column_added_since_changes_nothing(make_view, difference):
    before, after = make_view(COLUMNS[: len(COLUMNS) + difference]), make_view()
    arrange(before)
    assert after.restore_columns(before.columns_state(), len(COLUMNS) + difference)
    assert arrangement(after) == arrangement(before)
    assert after.isColumnHidden(WINDOW)


def test_what_is_kept_then_can_be_restored(make_view):
    before, after, later = make_view(COLUMNS[:-1]), make_view(), make_view()
    arrange(before)
    after.restore_columns(before.columns_state(), len(COLUMNS) - 1)
    after.setColumnHidden(WINDOW, False)
    assert later.restore_columns(after.columns_state(), len(COLUMNS))
    assert arrangement(later) == arrangement(before)
    assert not later.isColumnHidden(WINDOW)


def test_an_older_program_takes_what_it_knows(make_view):
    before, after = make_view(), make_view(COLUMNS[:-1])
    arrange(before)
    assert after.restore_columns(before.columns_state(), len(COLUMNS))
    assert arrangement(after) == arrangement(before)


def test_what_is_no_arrangement_is_not_restored(make_view):
    state = make_view().columns_state()
    assert not make_view().restore_columns(state.left(20), len(COLUMNS))
    assert not make_view().restore_columns(state.left(20), len(COLUMNS) - 1)
    assert not make_view().restore_columns(state.left(0), len(COLUMNS))
