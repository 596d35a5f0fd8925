"""A table over rows that do not change: columns declared as values, sorted by keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

import dumpengine
from gui import theme
from gui.plain import tip

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_WIDEST = 60


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A column of rows of one type: title, a row's text, what it is sorted by, how it is set."""

    title: str
    text: Callable[[T], str]
    sort: Callable[[T], Any] | None = None
    numeric: bool = False
    fixed: bool = False


class RowsModel(QAbstractTableModel):
    """Rows of any kind, shown through :class:`Field`."""

    def __init__(self, fields: Sequence[Field[Any]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.fields = tuple(fields)
        self.rows: list[Any] = []
        self._fixed_font = theme.fixed_font()

    def set_rows(self, rows: Sequence[Any]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.fields)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        field = self.fields[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return dumpengine.printable(field.text(self.rows[index.row()]))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(field.text(self.rows[index.row()]))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(field)
        if role == Qt.ItemDataRole.FontRole and field.fixed:
            return self._fixed_font
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.fields[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.fields[section])
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort in one pass over keys, keeping selection and current row."""
        field = self.fields[column]
        key = field.sort or field.text
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        held = [self.rows[index.row()] for index in before]
        self.rows.sort(key=key, reverse=order is Qt.SortOrder.DescendingOrder)
        places = {id(row): place for place, row in enumerate(self.rows)}
        after = [
            self.index(places[id(row)], index.column())
            for row, index in zip(held, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()


def _alignment(field: Field[Any]) -> int:
    side = Qt.AlignmentFlag.AlignRight if field.numeric else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


class RowsView(QTableView):
    """Shows a :class:`RowsModel`; Ctrl+C copies the selected rows.

    Signals:
        row_chosen: another row is current; it is the row's object.
    """

    row_chosen = Signal(object)

    def __init__(
        self, name: str, fields: Sequence[Field[Any]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.rows_model = RowsModel(fields, self)
        self._build_ui(name)
        self.selectionModel().currentRowChanged.connect(self._on_current)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._on_copy)

    def _build_ui(self, name: str) -> None:
        self.setAccessibleName(name)
        self.setModel(self.rows_model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setHighlightSections(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.4))
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def show_rows(self, rows: Sequence[Any]) -> None:
        """Show other rows, the columns as wide as the first of them need."""
        self.rows_model.set_rows(rows)
        self._fit(rows[:100])

    def _fit(self, rows: Sequence[Any]) -> None:
        plain, fixed = QFontMetrics(self.font()), QFontMetrics(theme.fixed_font())
        margin = plain.horizontalAdvance("MM")
        for number, field in enumerate(self.rows_model.fields):
            longest = max((field.text(row)[:_WIDEST] for row in rows), key=len, default="")
            text = (fixed if field.fixed else plain).horizontalAdvance(longest)
            title = plain.horizontalAdvance(field.title)
            self.setColumnWidth(number, max(text, title) + margin)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(self.rows_model.rows[current.row()])

    @Slot()
    def _on_copy(self) -> None:
        fields = self.rows_model.fields
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        lines = ["\t".join(f.text(self.rows_model.rows[row]) for f in fields) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
