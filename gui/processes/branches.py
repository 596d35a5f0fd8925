"""How the first column shows a tree: each name indented, with an arrow where it has children."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from gui.processes.arrange import Branch
from gui.processes.model import Role

Index = QModelIndex | QPersistentModelIndex


class BranchDelegate(QStyledItemDelegate):
    """Draws the first column of a view over a ProcessModel."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def is_arrow(self, point: QPoint) -> bool:
        """Return whether there is an arrow at this point of the viewport."""
        index = self._view.indexAt(point)
        branch = index.data(Role.BRANCH)
        if index.column() or branch is None or branch.opened is None:
            return False
        return self._arrow(self._view.visualRect(index), branch).contains(point)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        branch = index.data(Role.BRANCH)
        if branch is None:
            super().paint(painter, option, index)
            return
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        element = QStyle.PrimitiveElement
        style = self._view.style()
        style.drawPrimitive(element.PE_PanelItemViewItem, whole, painter, self._view)
        arrow = self._arrow(option.rect, branch)
        if branch.opened is not None:
            flags = QStyle.StateFlag
            whole.rect = arrow
            whole.state |= flags.State_Children
            if branch.opened:
                whole.state |= flags.State_Open
            style.drawPrimitive(element.PE_IndicatorBranch, whole, painter, self._view)
        indented = QStyleOptionViewItem(option)
        indented.rect = option.rect.adjusted(arrow.right() + 1 - option.rect.left(), 0, 0, 0)
        super().paint(painter, indented, index)

    def _arrow(self, cell: QRect, branch: Branch) -> QRect:
        step = self._view.style().pixelMetric(
            QStyle.PixelMetric.PM_TreeViewIndentation, None, self._view
        )
        # However deep it stands, a row keeps half of the column for its name.
        indent = min(branch.depth * step, cell.width() // 2)
        return QRect(cell.left() + indent, cell.top(), step, cell.height())
