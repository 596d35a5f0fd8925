"""The table itself: columns one chooses, a tree that stays open, a selection that stays."""

from __future__ import annotations

from PySide6.QtCore import (
    QByteArray,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTreeView, QWidget

from dumpengine import ProcessKey
from gui.i18n import tr
from gui.processes.columns import ColumnId
from gui.processes.model import ProcessModel

_MANY = 20


class ProcessView(QTreeView):
    """Shows a :class:`ProcessModel`; knows the selection by identity.

    Signals:
        keys_selected: the user selected other processes, or a selected one has gone.
        menu_wanted: the context menu, at a global position.
        opened: Enter or a double click on a row.
    """

    keys_selected = Signal()
    menu_wanted = Signal(QPoint)
    opened = Signal()

    def __init__(self, model: ProcessModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._wanted: tuple[ProcessKey, ...] = ()
        self._collapsed: set[ProcessKey] = set()
        self._showing = False
        self._expand_everything = False
        self._build_ui()
        self._connect()

    def _build_ui(self) -> None:
        self.setObjectName("processTable")
        self.setAccessibleName(tr("Processes"))
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setAllColumnsShowFocus(True)
        self.setRootIsDecorated(False)
        self.setExpandsOnDoubleClick(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setModel(self._model)
        self._build_header()

    def _build_header(self) -> None:
        header = self.header()
        header.setObjectName("processHeader")
        header.setAccessibleName(tr("Columns of the process list"))
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(True)
        header.setStretchLastSection(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for number, column in enumerate(self._model.columns):
            self.setColumnHidden(number, not column.shown)
        self._fit_columns()

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
        self.collapsed.connect(self._on_collapsed)
        self.expanded.connect(self._on_expanded)
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

    def end_show(self) -> None:
        """The model has changed: restore expansion and selection."""
        self._showing = False
        if self.rootIsDecorated():
            self._restore_expansion()
        self._reselect()

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

    def set_nested(self, nested: bool) -> None:
        """Show the branches' lines and arrows."""
        self.setRootIsDecorated(nested)

    def set_expand_everything(self, everything: bool) -> None:
        """While searching, closed branches are open so that nothing found is hidden."""
        self._expand_everything = everything

    @Slot()
    def collapse_everything(self) -> None:
        """Close all branches and keep them closed."""
        self.collapseAll()
        self._collapsed = set(self._model.keys())

    @Slot()
    def expand_everything(self) -> None:
        """Open all branches."""
        self._collapsed.clear()
        self._restore_expansion()

    def _restore_expansion(self) -> None:
        """Open and close what is to be open and closed.

        Not with expandAll(): it remembers the leaves as open too, and with every row that comes or
        goes Qt asks for the ancestors of all it remembers.
        """
        self._showing = True
        wrong = [index for index in self._model.branches() if not self._is_as_wanted(index)]
        if len(wrong) > _MANY:
            self.scheduleDelayedItemsLayout()  # one layout instead of one for each
        for index in wrong:
            self.setExpanded(index, not self.isExpanded(index))
        self._showing = False

    def _is_as_wanted(self, index: QModelIndex) -> bool:
        wanted = self._expand_everything or self._model.key_at(index) not in self._collapsed
        return self.isExpanded(index) is wanted

    @Slot("QModelIndex")
    def _on_collapsed(self, index: object) -> None:
        key = self._model.key_at(index)  # type: ignore[arg-type]
        if key and not self._showing and not self._expand_everything:
            self._collapsed.add(key)

    @Slot("QModelIndex")
    def _on_expanded(self, index: object) -> None:
        key = self._model.key_at(index)  # type: ignore[arg-type]
        if key and not self._showing and not self._expand_everything:
            self._collapsed.discard(key)

    # -- columns ---------------------------------------------------------------------------------

    def columns_state(self) -> QByteArray:
        """Return order, widths and visibility of the columns."""
        return self.header().saveState()

    def restore_columns(self, state: QByteArray) -> bool:
        """Take over what :meth:`columns_state` returned."""
        return bool(state) and self.header().restoreState(state)

    def fill_columns_menu(self, menu: QMenu) -> None:
        """Add an entry per column, ticked when it is shown."""
        for number, column in enumerate(self._model.columns):
            action = menu.addAction(column.title)
            action.setToolTip(column.tooltip)
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

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        position = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            position = self.place_of_selection()
        self.menu_wanted.emit(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
            return
        super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if self.indexAt(event.position().toPoint()).isValid():
            self.opened.emit()
