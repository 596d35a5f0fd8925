"""The first column of the tree."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QTableView

from gui.processes.arrange import Branch
from gui.processes.branches import BranchDelegate

CELL = QRect(10, 40, 200, 20)


@pytest.fixture
def delegate(qtbot) -> BranchDelegate:
    view = QTableView()
    qtbot.addWidget(view)
    return BranchDelegate(view)


def test_each_level_stands_further_in(delegate):
    places = [delegate._arrow(CELL, Branch(depth)).left() for depth in range(4)]
    assert places[0] == CELL.left()
    assert places == sorted(set(places))


def test_the_deepest_row_still_has_room_for_its_name(delegate):
    assert delegate._arrow(CELL, Branch(50)).left() <= CELL.center().x() + 1
