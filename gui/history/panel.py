"""The history's page: every dump made, with what one does with it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QVBoxLayout, QWidget

from gui import format as words
from gui import settings as options
from gui import theme
from gui.captures.words import type_name, warning_words
from gui.desktop import Desktop
from gui.history.debuggers import Debugger, find_debuggers
from gui.history.store import HistoryEntry, HistoryStore, expired
from gui.i18n import tr, tr_n
from gui.plain import add_entry
from gui.settings import Settings
from gui.viewer.columns import Columns
from gui.viewer.table import Field, RowsView
from gui.widgets import ButtonRow, FaintLabel, icon_button

if TYPE_CHECKING:
    from dumpengine import CaptureResult

_GIGABYTE = 1 << 30


def history_fields() -> tuple[Field[HistoryEntry], ...]:
    """Columns of the history."""
    columns: Columns[HistoryEntry] = Columns()
    return (
        columns.sorted(tr("Time"), lambda e: words.moment(e.when), lambda e: e.when, numeric=False),
        columns.text(tr("Program"), lambda e: e.name),
        columns.sorted(tr("PID"), lambda e: str(e.pid), lambda e: e.pid),
        columns.text(tr("Type"), lambda e: type_name(e.dump_type)),
        columns.text(tr("Result"), result_words),
        columns.sorted(
            tr("Size"), lambda e: words.size(e.size) if e.path else "–", lambda e: e.size
        ),
        columns.sorted(tr("Took"), lambda e: words.span(e.elapsed_ms), lambda e: e.elapsed_ms),
        columns.sorted(tr("Stood still"), _pause, lambda e: e.pause_ms or 0.0),
        columns.text(tr("File"), lambda e: e.path),
    )


def _pause(entry: HistoryEntry) -> str:
    return "–" if entry.pause_ms is None else words.span(entry.pause_ms)


def result_words(entry: HistoryEntry) -> str:
    """Return how it ended, and whether the file is still there."""
    if entry.outcome == "cancelled":
        return tr("cancelled")
    if entry.outcome != "done":
        return entry.cause or tr("failed")
    made = tr("done") if entry.is_there() else tr("done, file gone or changed")
    said = warning_words(entry.target_ended, entry.of_one_moment)
    if entry.of_one_moment:
        made = tr("{made}, of one moment with the others").format(made=made)
    return "; ".join((*said, made))


class HistoryPanel(QWidget):
    """Shows the history, the newest first.

    Signals:
        look_wanted: look inside this file.
        delete_wanted: delete this file, after asking.
    """

    look_wanted = Signal(object)
    delete_wanted = Signal(object)

    def __init__(
        self, store: HistoryStore, settings: Settings, desktop: Desktop, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._settings = settings
        self._desktop = desktop
        self._build_ui()
        self._connect()
        self.refresh()

    def _build_ui(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.open_folder = icon_button("folder", tr("Open folder"), self, show_text=True)
        self.copy_path = icon_button("copy", tr("Copy path"), self, show_text=True)
        self.look = icon_button("look", tr("Look inside"), self, show_text=True)
        self.debug = icon_button("terminal", tr("Open in a debugger"), self, show_text=True)
        self.delete = icon_button("delete", tr("Delete the dump"), self, show_text=True)
        self.forget = icon_button("cancel", tr("Take off the list"), self, show_text=True)
        self.total = FaintLabel("", self)
        self.table = RowsView(tr("History"), history_fields(), self)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        layout.addWidget(ButtonRow(self._buttons(), self, self.total))
        layout.addWidget(self.table, 1)

    def _buttons(self) -> tuple[QToolButton, ...]:
        return (
            self.open_folder,
            self.copy_path,
            self.look,
            self.debug,
            self.delete,
            self.forget,
        )

    def _connect(self) -> None:
        self.open_folder.clicked.connect(self._on_open_folder)
        self.copy_path.clicked.connect(self._on_copy_path)
        self.look.clicked.connect(self._on_look)
        self.debug.clicked.connect(self._on_debug)
        self.delete.clicked.connect(self._on_delete)
        self.forget.clicked.connect(self._on_forget)
        self.table.selectionModel().selectionChanged.connect(self._on_chosen)
        self.table.doubleClicked.connect(self._on_look)
        self.table.customContextMenuRequested.connect(self._on_menu)

    # -- what others tell ------------------------------------------------------------------------

    def add(self, result: CaptureResult) -> None:
        """A capture has ended: keep it, and let go of what is too old or too much."""
        self._store.add(result)
        self._retain()
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is there now."""
        newest_first = sorted(self._store.entries, key=lambda entry: -entry.when)
        self.table.show_rows(newest_first)
        there = [entry.size for entry in newest_first if entry.is_there()]
        self.total.setText(
            tr_n("1 dump, {size}", "%n dumps, {size}", len(there)).format(
                size=words.size(sum(there))
            )
        )
        self._show_buttons()

    def chosen(self) -> HistoryEntry | None:
        """Return the selected entry."""
        rows = self.table.selectionModel().selectedRows()
        return self.table.rows_model.rows[rows[0].row()] if rows else None

    def _retain(self) -> None:
        days = self._settings.get(options.KEEP_DAYS)
        limit = self._settings.get(options.KEEP_GIGABYTES) * _GIGABYTE
        for entry in expired(self._store.entries, time.time(), days, limit):
            Path(entry.path).unlink(missing_ok=True)

    def _show_buttons(self) -> None:
        entry = self.chosen()
        there = entry is not None and entry.is_there()
        for button in (self.look, self.delete, self.debug):
            button.setEnabled(there)
        for button in (self.open_folder, self.copy_path):
            button.setEnabled(entry is not None and bool(entry.path))
        self.forget.setEnabled(entry is not None)

    # -- slots -----------------------------------------------------------------------------------

    @Slot(QItemSelection, QItemSelection)
    def _on_chosen(self, _new: QItemSelection, _old: QItemSelection) -> None:
        self._show_buttons()

    @Slot()
    def _on_open_folder(self) -> None:
        entry = self.chosen()
        if entry and entry.file:
            self._desktop.open_folder(entry.file.parent)

    @Slot()
    def _on_copy_path(self) -> None:
        entry = self.chosen()
        if entry:
            self._desktop.copy(entry.path)

    @Slot()
    def _on_look(self) -> None:
        entry = self.chosen()
        if entry and entry.is_there():
            self.look_wanted.emit(entry.file)

    @Slot()
    def _on_delete(self) -> None:
        entry = self.chosen()
        if entry and entry.is_there():
            self.delete_wanted.emit(entry.file)

    @Slot()
    def _on_forget(self) -> None:
        entry = self.chosen()
        if entry:
            self._store.remove([entry])
            self.refresh()

    @Slot()
    def _on_debug(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_debugger_menu(menu)
        menu.popup(self.debug.mapToGlobal(self.debug.rect().bottomLeft()))

    def fill_debugger_menu(self, menu: QMenu) -> None:
        """Add the debuggers there are, or say that there is none."""
        found = find_debuggers()
        if not found:
            menu.addAction(tr("No debugger that reads minidumps was found.")).setEnabled(False)
        for debugger in found:
            action = add_entry(menu, debugger.title)
            action.setIcon(theme.icon("terminal"))
            action.setData(debugger)
            action.triggered.connect(self._on_debugger)

    @Slot()
    def _on_debugger(self) -> None:
        action, entry = self.sender(), self.chosen()
        if isinstance(action, QAction) and entry and entry.is_there():
            debugger: Debugger = action.data()
            self._desktop.start(debugger.command(entry.path))

    @Slot(QPoint)
    def _on_menu(self, position: QPoint) -> None:
        if not self.table.indexAt(position).isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entry = self.chosen()
        there = entry is not None and entry.is_there()
        for title, slot in (
            (tr("Look inside"), self._on_look),
            (tr("Open folder"), self._on_open_folder),
            (tr("Copy path"), self._on_copy_path),
            (tr("Delete the dump"), self._on_delete),
        ):
            action = menu.addAction(title)
            action.setEnabled(there)
            action.triggered.connect(slot)
        menu.popup(self.table.viewport().mapToGlobal(position))
