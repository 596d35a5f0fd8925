"""Who: search box, switches, the list, and a line that says what is hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dumpengine import ProcessKey, ProcessRow
from gui import settings as options
from gui import theme
from gui.actions import Actions
from gui.i18n import tr
from gui.plain import PlainLabel, set_tip
from gui.processes.arrange import Arrangement, Filter, Order, descendants
from gui.processes.columns import Column, ColumnId, make_columns
from gui.processes.entry import Entry, Ident, Mark, ident
from gui.processes.listing import Listing, ListMaker, Wish
from gui.processes.model import ProcessModel
from gui.processes.poller import Poller
from gui.processes.pressed import PressWatch
from gui.processes.search import parse
from gui.processes.search_box import SearchBox
from gui.processes.status import empty_words, status_words
from gui.processes.view import ProcessView
from gui.settings import Settings
from gui.titles.facts import LookAtWindows, no_windows
from gui.widgets import ButtonRow, tool_button


class ProcessPanel(QWidget):
    """The left side of the window.

    Signals:
        selection_changed: what is selected, or what is known of it, has changed.
        menu_wanted: the context menu of the selection, at a global position.
        opened: a row was opened with Enter or a double click.
        listed: the list shows another look at the processes.
        shown: processes have been painted for the first time.
    """

    selection_changed = Signal()
    menu_wanted = Signal(QPoint)
    opened = Signal()
    listed = Signal()
    shown = Signal()

    def __init__(
        self,
        list_processes: Callable[[], tuple[ProcessRow, ...]],
        settings: Settings,
        actions: Actions,
        parent: QWidget | None = None,
        look_at_windows: LookAtWindows = no_windows,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._actions = actions
        self._entries: Mapping[Ident, Entry] = {}
        self._query = parse("")
        self._held: Listing | None = None
        self._arranged: Arrangement | None = None
        self._seen: tuple[Entry, ...] = ()
        self._sort_column = 0
        self._sort_descending = False
        self._build_ui()
        self.maker = ListMaker(list_processes, self._wish(), look_at_windows)
        self.poller = Poller(self.maker.look, self)
        self._connect()
        self._restore()

    # -- construction ----------------------------------------------------------------------------

    def _build_ui(self) -> None:
        self.model = ProcessModel(make_columns(), self)
        self.view = ProcessView(self.model, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._build_top())
        layout.addWidget(self._build_problem())
        layout.addWidget(self.view, 1)
        layout.addLayout(self._build_status())
        self._build_empty()

    def _build_top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.search = SearchBox(self)
        row.addWidget(self.search, 1)
        self.mine = QRadioButton(tr("&Mine"), self)
        set_tip(self.mine, tr("Only processes that run as you"))
        self.all = QRadioButton(tr("&All"), self)
        set_tip(self.all, tr("Processes of every user"))
        row.addSpacing(self.fontMetrics().averageCharWidth())
        row.addWidget(self.mine)
        row.addWidget(self.all)
        wanted = (self._actions.tree, self._actions.pause, self._actions.pick_window)
        row.addWidget(ButtonRow([tool_button(action, self) for action in wanted], self))
        return row

    def _build_problem(self) -> QLabel:
        self.problem = PlainLabel("", self)
        self.problem.setObjectName("searchProblem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        return self.problem

    def _build_status(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.status = PlainLabel("", self)
        self.status.setObjectName("listStatus")
        self.show_all = QToolButton(self)
        self.show_all.setObjectName("showAll")
        self.show_all.setText(tr("Show all"))
        set_tip(self.show_all, tr("Clear the search and show every process"))
        self.show_all.setAccessibleName(tr("Show all processes"))
        self.show_all.setAutoRaise(True)
        row.addWidget(self.status)
        row.addWidget(self.show_all)
        row.addStretch(1)
        return row

    def _build_empty(self) -> None:
        self.empty = PlainLabel("", self.view.viewport())
        self.empty.setObjectName("emptyList")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        layout = QVBoxLayout(self.view.viewport())
        layout.addWidget(self.empty)
        self.empty.setText(tr("Looking at the processes…"))

    def _connect(self) -> None:
        self._connect_list()
        actions = self._actions
        actions.find.triggered.connect(self.focus_search)
        actions.tree.toggled.connect(self._on_filter_changed)
        actions.pause.toggled.connect(self._on_pause_toggled)
        actions.refresh.triggered.connect(self.poller.look_now)
        actions.kernel_threads.toggled.connect(self._on_filter_changed)
        scope = QActionGroup(self)
        for action, button in ((actions.mine, self.mine), (actions.all, self.all)):
            scope.addAction(action)
            button.toggled.connect(action.setChecked)
            action.toggled.connect(button.setChecked)
        actions.mine.toggled.connect(self._on_filter_changed)

    def _connect_list(self) -> None:
        self.poller.listing.connect(self._on_listing)
        self.poller.failed.connect(self._on_poll_failed)
        self.search.left.connect(self._on_search_left)
        self.search.textChanged.connect(self._on_search_changed)
        self.show_all.clicked.connect(self._on_show_all)
        self.view.keys_selected.connect(self._on_keys_selected)
        self.view.menu_wanted.connect(self.menu_wanted)
        self.view.opened.connect(self.opened)
        self.view.shown.connect(self.shown)
        self.view.branches_toggled.connect(self._on_branches_toggled)
        self.view.header().sortIndicatorChanged.connect(self._on_sort_changed)
        self._press = PressWatch(self.view, self.view.header())
        self._hold_timer = QTimer(self)
        self._hold_timer.setInterval(200)
        self._hold_timer.timeout.connect(self._on_hold_timer)

    def _restore(self) -> None:
        actions = self._actions
        get = self._settings.get
        (actions.mine if get(options.ONLY_MINE) else actions.all).setChecked(True)
        self._actions.kernel_threads.setChecked(get(options.KERNEL_THREADS))
        if not self.view.restore_columns(get(options.COLUMNS), get(options.COLUMN_COUNT)):
            self.view.header().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self._take_sort_indicator()
        self._actions.tree.setChecked(get(options.TREE))

    def save(self) -> None:
        """Keep columns and switches for the next start."""
        self._settings.set(options.COLUMNS, self.view.columns_state())
        self._settings.set(options.COLUMN_COUNT, len(self.model.columns))
        self._settings.set(options.ONLY_MINE, self._actions.mine.isChecked())
        self._settings.set(options.TREE, self._actions.tree.isChecked())
        self._settings.set(options.KERNEL_THREADS, self._actions.kernel_threads.isChecked())

    # -- what others ask -------------------------------------------------------------------------

    def selected(self) -> tuple[Entry, ...]:
        """Return what is selected, as last seen."""
        entries = self._entries
        keys = (ident(key) for key in self.view.selected_keys())
        return tuple(entries[key] for key in keys if key in entries)

    def entries(self) -> tuple[Entry, ...]:
        """Return all processes, shown or not."""
        return tuple(self._entries.values())

    def tree_of(self, key: ProcessKey) -> tuple[Entry, ...]:
        """Return a process and all its descendants, the deepest first, hidden or not."""
        return tuple(self._entries[each] for each in descendants(self._entries, ident(key)))

    def visible_columns(self) -> tuple[Column, ...]:
        """Return the columns that are shown, in the order they are shown."""
        return tuple(self.model.columns[number] for number in self.view.visible_sections())

    def find_process(self, pid: int) -> Entry | None:
        """Return the process with this id, a living one if there is one."""
        found = [entry for entry in self.entries() if entry.key.pid == pid]
        return min(found, key=lambda entry: entry.mark is Mark.ENDED, default=None)

    def find_processes(self, pid: int | None, exe: str = "") -> list[Entry]:
        """Return the process with this id, else all living ones of this program, path or name."""
        if pid is not None:
            return list(filter(None, [self.find_process(pid)]))
        return [entry for entry in self.entries() if entry.runs(exe)]

    def reveal(self, *keys: ProcessKey) -> None:
        """Select processes, showing what hid them."""
        if not all(map(self.model.shows, keys)):
            self.search.clear()
            self._on_show_all()
            self.expand_everything()
        self.view.select(*keys)
        self.view.setFocus()

    # -- looking ---------------------------------------------------------------------------------

    @Slot(object)
    def _on_listing(self, listing: Listing) -> None:
        self._held = listing
        self._show_held()

    def _show_held(self) -> None:
        """Take over the last look, unless that would move rows under an open menu or a drag."""
        if self._held is None:
            return
        if QApplication.activePopupWidget() or self._press.pressed:
            self._hold_timer.start()
            return
        self._hold_timer.stop()
        listing, self._held = self._held, None
        self._entries = listing.entries
        self.view.forget_branches(listing.entries)
        if listing.wish == self._wish():
            self._show_arranged(listing.arrangement)
        else:  # the user wished for something else while the other thread was at work
            self._show()
        self.poller.consumed()
        self.listed.emit()

    @Slot()
    def _on_hold_timer(self) -> None:
        self._show_held()

    @Slot(str)
    def _on_poll_failed(self, why: str) -> None:
        self.poller.consumed()
        self.problem.setText(tr("The processes cannot be listed: {why}").format(why=why))
        self.problem.show()

    def _wish(self) -> Wish:
        actions = self._actions
        return Wish(
            Order(self.model.columns[self._sort_column].sort, self._sort_descending),
            Filter(self._query, actions.mine.isChecked(), actions.kernel_threads.isChecked()),
            actions.tree.isChecked(),
            self.view.closed,
        )

    def _show(self) -> None:
        """Arrange what was seen last as it is wished now."""
        self.maker.wish = self._wish()
        self._show_arranged(self.maker.wish.arrange(self._entries))

    def _show_arranged(self, arrangement: Arrangement) -> None:
        self.view.begin_show()
        self.model.show(self._entries, arrangement)
        self.view.end_show()
        self._arranged = arrangement
        self._show_status(arrangement)
        self._tell_selection()

    def _tell_selection(self) -> None:
        self.maker.pinned = self.view.pinned_keys()
        seen = self.selected()
        if seen != self._seen:
            self._seen = seen
            self.selection_changed.emit()

    def _show_status(self, arranged: Arrangement) -> None:
        mine = self._actions.mine.isChecked()
        self.status.setText(status_words(arranged, mine, self.poller.paused))
        self.show_all.setVisible(arranged.shown < arranged.total)
        self.empty.setVisible(arranged.shown == 0)
        self.empty.setText(empty_words(arranged, self._query.text, mine))

    # -- slots -----------------------------------------------------------------------------------

    @Slot()
    def focus_search(self) -> None:
        """Put the cursor into the search box."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @Slot()
    def escape(self) -> None:
        """Clear the search, or go back to the list."""
        if self.search.text():
            self.search.clear()
            self.view.scrollTo(self.view.currentIndex())
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _on_search_left(self) -> None:
        """Down or Enter in the search box: go to the first row found."""
        self.view.setFocus(Qt.FocusReason.TabFocusReason)
        if first := self._arranged and self._arranged.first_hit:
            self.view.select(self._entries[first].key)

    @Slot(str)
    def _on_search_changed(self, text: str) -> None:
        self._query = parse(text)
        self.problem.setText(self._query.problem)
        self.problem.setVisible(bool(self._query.problem))
        self._show()

    @Slot(bool)
    def _on_filter_changed(self, _checked: bool) -> None:
        self._show()

    @Slot()
    def _on_show_all(self) -> None:
        # What the search finds among other users' is shown as that, not among everything.
        if not self._arranged or self._arranged.shown or not self._arranged.hidden_hits:
            self.search.clear()
        self._actions.all.setChecked(True)
        self._actions.kernel_threads.setChecked(True)

    @Slot()
    def _on_branches_toggled(self) -> None:
        self._show()

    @Slot()
    def expand_everything(self) -> None:
        """Open all branches."""
        self.view.close_branches(frozenset())

    @Slot()
    def collapse_everything(self) -> None:
        """Close all branches."""
        self.view.close_branches(frozenset(self._entries))

    @Slot(bool)
    def _on_pause_toggled(self, paused: bool) -> None:
        self.poller.set_paused(paused)
        self._actions.pause.setIcon(theme.icon("play" if paused else "pause"))
        self._show()

    @Slot(int, "Qt::SortOrder")
    def _on_sort_changed(self, column: int, _order: Qt.SortOrder) -> None:
        self._turn_first_click(column)
        self._take_sort_indicator()
        self._show()

    def _turn_first_click(self, column: int) -> None:
        """A first click on CPU or Memory means “the largest”."""
        first_click = column != self._sort_column
        if first_click and self.model.columns[column].descending:
            header = self.view.header()
            header.blockSignals(True)
            header.setSortIndicator(column, Qt.SortOrder.DescendingOrder)
            header.blockSignals(False)

    def _take_sort_indicator(self) -> None:
        header = self.view.header()
        self._sort_column = max(0, header.sortIndicatorSection())
        self._sort_descending = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.model.repaint()

    @Slot()
    def _on_keys_selected(self) -> None:
        self._tell_selection()

    def sort_by(self, column: ColumnId, descending: bool) -> None:
        """Sort as a click on the header would."""
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self._sort_column = self.model.column_number(column)
        self.view.header().setSortIndicator(self._sort_column, order)
