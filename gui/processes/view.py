"""The table itself: columns one chooses, a tree that stays open, a selection that stays."""

from __future__ import annotations

from collections.abc import Container

from PySide6.QtCore import (
    QByteArray,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QStandardItemModel,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from dumpengine import ProcessKey
from gui.i18n import tr
from gui.plain import set_tip
from gui.processes.arrange import row_after
from gui.processes.branches import BranchDelegate
from gui.processes.columns import ColumnId
from gui.processes.entry import Ident, ident
from gui.processes.model import ProcessModel


class ProcessView(QTableView):
    """Shows a :class:`ProcessModel`; knows the selection by identity.

    Signals:
        keys_selected: the user selected other processes, or a selected one has gone.
        menu_wanted: the context menu, at a global position.
        opened: Enter or a double click on a row.
        branches_toggled: the user opened or closed branches; see ``closed``.
        shown: processes have been painted for the first time.
    """

    keys_selected = Signal()
    menu_wanted = Signal(QPoint)
    opened = Signal()
    branches_toggled = Signal()
    shown = Signal()

    def __init__(self, model: ProcessModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted: tuple[ProcessKey, ...] = ()
        self._before: list[Ident] = []
        self._showing = False
        self._shown = False
        self.closed: frozenset[Ident] = frozenset()
        self._build_ui()
        self._connect()

    def _build_ui(self) -> None:
        self.setObjectName("processTable")
        self.setAccessibleName(tr("Processes"))
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setModel(self._model)
        self._branches = BranchDelegate(self)
        self.setItemDelegateForColumn(0, self._branches)
        self._build_header()
        self._fit_rows()

    def _build_header(self) -> None:
        header = self.header()
        header.setObjectName("processHeader")
        header.setAccessibleName(tr("Columns of the process list"))
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(True)
        header.setStretchLastSection(True)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setSortingEnabled(True)  # so that a click on a header does not select its column
        for number, column in enumerate(self._model.columns):
            self.setColumnHidden(number, not column.shown)
        self._fit_columns()

    def _fit_rows(self) -> None:
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        height = self.fontMetrics().height() + 4
        rows.setMinimumSectionSize(height)
        rows.setDefaultSectionSize(height)

    def header(self) -> QHeaderView:
        """Return the header of the columns."""
        return self.horizontalHeader()

    def _fit_columns(self) -> None:
        metrics = self.fontMetrics()
        margin = metrics.horizontalAdvance("M")
        arrow = margin  # of the column that is sorted by
        icon = self.iconSize().width() if self.iconSize().isValid() else margin * 2
        for number, column in enumerate(self._model.columns):
            title = metrics.horizontalAdvance(column.title) + arrow
            width = max(metrics.horizontalAdvance(column.sample), title) + margin
            self.header().resizeSection(number, width + (icon if number == 0 else 0))

    def _connect(self) -> None:
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.header().customContextMenuRequested.connect(self._on_header_menu)

    # -- selection -------------------------------------------------------------------------------

    def selected_keys(self) -> tuple[ProcessKey, ...]:
        """Return the selected processes that are shown, from top to bottom."""
        return tuple(key for key in self._wanted if self._model.shows(key))

    def pinned_keys(self) -> frozenset[ProcessKey]:
        """Return what stays in the list although it has ended."""
        return frozenset(self._wanted)

    def select(self, *keys: ProcessKey) -> None:
        """Select these processes and bring the first into view."""
        self._wanted = keys
        self._reselect()
        if keys and (index := self._model.index_of(keys[0])).isValid():
            flags = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(index, flags.NoUpdate)
            self.scrollTo(index)
        self.keys_selected.emit()

    def place_of_selection(self) -> QPoint:
        """Return where on the screen a menu for the selection belongs."""
        row = self.visualRect(self.currentIndex())
        return self.viewport().mapToGlobal(row.bottomLeft() + QPoint(row.height(), 0))

    def begin_show(self) -> None:
        """The model is about to change: what it does to the selection is not the user's doing."""
        self._showing = True
        self._before = self._model.order()

    def end_show(self) -> None:
        """The model has changed: restore the selection, and what is at the top."""
        self._showing = False
        self._reselect()
        self._rescroll()

    def _rescroll(self) -> None:
        """What comes and goes above does not move what one looks at."""
        bar = self.verticalScrollBar()
        row = row_after(self._before, self._model.order(), bar.value())
        if row != bar.value():
            self.executeDelayedItemsLayout()  # the bar still has its old range
            bar.setValue(row)

    def _reselect(self) -> None:
        selected = {self._model.key_at(index) for index in self.selectionModel().selectedRows()}
        missing = [key for key in self._wanted if key not in selected]
        superfluous = selected - set(self._wanted)
        if not missing and not superfluous:
            return
        self._showing = True
        self._select_rows()
        self._showing = False

    def _select_rows(self) -> None:
        selection = QItemSelection()
        last = len(self._model.columns) - 1
        indexes = [self._model.index_of(key) for key in self._wanted]
        shown = [index for index in indexes if index.isValid()]
        for index in shown:
            selection.select(index, index.siblingAtColumn(last))
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(selection, flags.ClearAndSelect)
        if shown and not self.currentIndex().isValid():
            self.selectionModel().setCurrentIndex(shown[0], flags.NoUpdate)

    @Slot(QItemSelection, QItemSelection)
    def _on_selection_changed(self, _new: QItemSelection, _old: QItemSelection) -> None:
        if self._showing:
            return
        keys = [self._model.key_at(index) for index in self.selectionModel().selectedRows()]
        self._wanted = tuple(key for key in keys if key is not None)
        self.keys_selected.emit()

    # -- tree ------------------------------------------------------------------------------------

    def close_branches(self, keys: frozenset[Ident]) -> None:
        """Close the branches of these processes and keep them closed; open all others."""
        self.closed = keys
        self.branches_toggled.emit()

    def forget_branches(self, known: Container[Ident]) -> None:
        """Processes that are not known any more have no branches."""
        self.closed = frozenset(key for key in self.closed if key in known)

    def _toggle(self, index: QModelIndex) -> None:
        if key := self._model.key_at(index):
            self.close_branches(self.closed ^ {ident(key)})

    def _step_into(self, index: QModelIndex) -> None:
        """Right: open a closed branch, or go to the first child of an open one."""
        branch = self._model.branch_at(index)
        if branch and branch.opened is False:
            self._toggle(index)
        elif branch and branch.opened:
            self._go_to(self._model.index(index.row() + 1, 0))

    def _step_out(self, index: QModelIndex) -> None:
        """Left: close an open branch, or go to the parent."""
        branch = self._model.branch_at(index)
        if branch and branch.opened:
            self._toggle(index)
        else:
            self._go_to(self._model.parent_of(index))

    def _go_to(self, index: QModelIndex) -> None:
        if index.isValid():
            self.setCurrentIndex(index)

    # -- columns ---------------------------------------------------------------------------------

    def visible_sections(self) -> list[int]:
        """Return the numbers of the columns that are shown, in the order they are shown."""
        header = self.header()
        order = (header.logicalIndex(place) for place in range(header.count()))
        return [number for number in order if not header.isSectionHidden(number)]

    def columns_state(self) -> QByteArray:
        """Return order, widths and visibility of the columns."""
        return self.header().saveState()

    def restore_columns(self, state: QByteArray, count: int) -> bool:
        """Take over what :meth:`columns_state` returned when there were ``count`` columns."""
        if not state:
            return False
        if count == self.header().count():
            return self.header().restoreState(state)
        return self._restore_other(state, count)

    def _restore_other(self, state: QByteArray, count: int) -> bool:
        """Arrange the columns that were there then; new ones stay as they are by default.

        Qt takes such a state, too, but shows what has been added since, and forgets it in the
        length of the header: what is kept of that cannot be restored at all (seen with 6.11).
        """
        header, then = self.header(), QHeaderView(Qt.Orientation.Horizontal)
        then.setModel(QStandardItemModel(0, count, then))
        if not then.restoreState(state):
            return False
        numbers = [then.logicalIndex(place) for place in range(count)]
        for place, number in enumerate(n for n in numbers if n < header.count()):
            hidden = then.isSectionHidden(number)
            then.showSection(number)  # a hidden one has no width
            header.moveSection(header.visualIndex(number), place)
            header.resizeSection(number, then.sectionSize(number))
            header.setSectionHidden(number, hidden)
        header.setSortIndicator(then.sortIndicatorSection(), then.sortIndicatorOrder())
        return True

    def fill_columns_menu(self, menu: QMenu) -> None:
        """Add an entry per column, ticked when it is shown."""
        for number, column in enumerate(self._model.columns):
            action = menu.addAction(column.title)
            set_tip(action, column.tooltip)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setEnabled(column.id is not ColumnId.NAME)
            action.setData(number)
            action.toggled.connect(self._on_column_toggled)

    @Slot(bool)
    def _on_column_toggled(self, shown: bool) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.setColumnHidden(int(action.data()), not shown)

    @Slot(QPoint)
    def _on_header_menu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_columns_menu(menu)
        menu.popup(self.header().mapToGlobal(position))

    # -- Qt overrides ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._shown and self._model.rowCount():
            self._shown = True
            self.shown.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        position = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            position = self.place_of_selection()
        elif not self.indexAt(event.pos()).isValid():
            return  # beside the rows there is nothing that a menu could be for
        self.menu_wanted.emit(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current = event.key(), self.currentIndex()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._model.branch_at(current):
            self._step_into(current) if key == Qt.Key.Key_Right else self._step_out(current)
        else:
            super().keyPressEvent(event)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Home and End go to the first and the last row; Left and Right only scroll."""
        move = QAbstractItemView.CursorAction
        if action in (move.MoveHome, move.MoveEnd):
            last = self._model.rowCount() - 1
            return self._model.index(0 if action is move.MoveHome else last, 0)
        if action in (move.MoveLeft, move.MoveRight):
            bar = self.horizontalScrollBar()
            step = bar.singleStep() * (1 if action is move.MoveRight else -1)
            bar.setValue(bar.value() + step)
            return self.currentIndex()
        return super().moveCursor(action, modifiers)

    def keyboardSearch(self, search: str) -> None:
        """Typing looks for a name, whatever column was clicked last."""
        flags = QItemSelectionModel.SelectionFlag
        first = self.currentIndex().siblingAtColumn(0)
        self.selectionModel().setCurrentIndex(first, flags.NoUpdate)
        super().keyboardSearch(search)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.button() is Qt.MouseButton.LeftButton and self._branches.is_arrow(point):
            self._toggle(self.indexAt(point))
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._branches.is_arrow(point):
            self.mousePressEvent(event)
            return
        super().mouseDoubleClickEvent(event)
        if self.indexAt(point).isValid():
            self.opened.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._fit_rows()
