"""The one window: who on the left, what on the right, what happened below."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QMainWindow,
    QMenu,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from gui import menus, theme
from gui import settings as options
from gui.actions import make_actions
from gui.arguments import Arguments
from gui.commands import Commands
from gui.dialogs import Question
from gui.follower import Follower
from gui.i18n import tr, tr_n
from gui.options import WIDTH
from gui.outside import Outside
from gui.processes.panel import ProcessPanel
from gui.widgets import bring_to_front, refresh_icons

if TYPE_CHECKING:
    from gui.captures.item import CaptureItem
    from gui.dumping import Dumping
    from gui.viewer.window import ViewerWindow

_HEAD_START = 200  # milliseconds the list has before the rest is made, should it not be shown


def _scrolled(content: QWidget) -> QScrollArea:
    """On a small screen, or a large scale, everything stays within reach."""
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


class MainWindow(QMainWindow):
    """Puts the parts together; the rules live in them.

    The list is there first: what dumps is made once it shows, or when it is asked for.

    Signals:
        closed: the window is closed and everything it ran has ended.
    """

    closed = Signal()

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self._outside = outside
        self._settings = outside.settings
        self._dumping: Dumping | None = None
        self._closing = False
        self._built = False
        self._build_ui()
        self._connect()
        self._restore()
        self._built = True

    # -- construction ----------------------------------------------------------------------------

    def _build_ui(self) -> None:
        self.setWindowTitle("DumpDesk")
        self.setWindowIcon(theme.app_icon())
        self.actions_ = make_actions(self)
        self._build_list()
        self._build_splitters()
        self._build_menus()
        self.statusBar().setSizeGripEnabled(True)
        self.setAcceptDrops(True)

    def _build_list(self) -> None:
        self.processes = ProcessPanel(
            self._outside.services.list_processes,
            self._settings,
            self.actions_,
            self,
            self._outside.look_at_windows,
        )
        self.poller = self.processes.poller
        self._follower = Follower(self.processes)
        self.commands = Commands(self._outside, self.processes, self.actions_, self)

    def _build_splitters(self) -> None:
        unit = self.fontMetrics().averageCharWidth()
        self._top = QSplitter(Qt.Orientation.Horizontal, self)
        self._top.setObjectName("top")
        self._top.addWidget(self.processes)
        self._side = _Room(self._top)
        self._side.setMinimumWidth(unit * WIDTH)
        self._top.setStretchFactor(0, 1)
        self._top.setStretchFactor(1, 0)
        self._main = QSplitter(Qt.Orientation.Vertical, self)
        self._main.addWidget(self._top)
        self._bottom = _Room(self._main)
        self._main.setStretchFactor(0, 3)
        self._main.setStretchFactor(1, 1)
        for splitter in (self._main, self._top):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(unit)
        central = QWidget(self)
        layout = QVBoxLayout(central)
        layout.setContentsMargins(unit, unit, unit, 0)
        layout.addWidget(self._main)
        self.setCentralWidget(_scrolled(central))

    def _build_menus(self) -> None:
        self.menus = menus.MenuBar(self, self.actions_)
        menus.fill_rates(
            self.menus.rates, self._settings.get(options.RATE), self.commands.choose_rate
        )
        menus.fill_schemes(
            self.menus.schemes, self._settings.get(options.SCHEME), self.commands.choose_scheme
        )
        self.menus.columns.aboutToShow.connect(self._on_columns_menu)

    def _connect(self) -> None:
        a = self.actions_
        a.quit.triggered.connect(self.close)
        a.stacks.triggered.connect(self.show_stacks)
        a.expand.triggered.connect(self.processes.expand_everything)
        a.collapse.triggered.connect(self.processes.collapse_everything)
        escape = QShortcut(Qt.Key.Key_Escape, self)
        escape.activated.connect(self.processes.escape)
        self._follower.told.connect(self._on_told)
        self._follower.preset_wanted.connect(self._on_preset_wanted)
        self.processes.menu_wanted.connect(self._on_menu_wanted)
        self.processes.selection_changed.connect(self._show_actions)
        self.processes.shown.connect(self._complete, Qt.ConnectionType.QueuedConnection)
        self.commands.told.connect(self._on_told)
        self.commands.rate_wanted.connect(self.poller.set_rate)

    def _restore(self) -> None:
        line = self.fontMetrics().lineSpacing()
        room = self.screen().availableSize()
        self.resize(min(line * 76, room.width()), min(line * 50, room.height()))
        self.restoreGeometry(self._settings.get(options.GEOMETRY))
        self._main.setSizes([line * 32, line * 11])
        self._top.setSizes([line * 48, line * 22])
        self._main.restoreState(self._settings.get(options.MAIN_SPLITTER))
        self._top.restoreState(self._settings.get(options.TOP_SPLITTER))
        self.processes.view.setFocus()
        self._show_actions()

    # -- the list first, then what dumps ---------------------------------------------------------

    def start(self) -> None:
        """Begin to look at the processes."""
        self.poller.start(self._settings.get(options.RATE))
        QTimer.singleShot(_HEAD_START, self._complete)

    @Slot()
    def _complete(self) -> None:
        if self._dumping is None and not self._closing:
            self.dumping.sweep()

    @property
    def complete(self) -> bool:
        """Whether all parts of the window are there."""
        return self._dumping is not None

    @property
    def dumping(self) -> Dumping:
        """Options, captures and history."""
        if self._dumping is None:
            self._dumping = self._make_dumping()
        return self._dumping

    def _make_dumping(self) -> Dumping:
        from gui.dumping import Dumping  # a third of the program, which the list does not need

        made = Dumping(self._outside, self.processes, self.actions_, self)
        self._side.take_in(made.options)
        self._bottom.take_in(made.bottom)
        made.told.connect(self._on_told)
        made.look_wanted.connect(self.look_inside)
        made.controller.deleting.connect(self._close_viewers)
        made.ended.connect(self._on_capture_ended)
        made.options.copy_wanted.connect(self.commands.copy_text)
        return made

    @Slot(object)
    def follow(self, arguments: Arguments) -> None:
        """Do what a start asked for, this one's or a second one's."""
        self._complete()
        self._follower.follow(arguments)
        if arguments.pick_window:
            self.commands.pick_window()
        if arguments.file:
            self.look_inside(Path(arguments.file))
        else:
            bring_to_front(self)

    @Slot(object)
    def look_inside(self, path: Path) -> None:
        """Open the viewer on a file, or bring the one that shows it to the front."""
        from gui.viewer.window import ViewerWindow  # its readers are not needed at the start

        for viewer in self.viewers(path):
            bring_to_front(viewer)
            return
        viewer = ViewerWindow(
            path,
            self._outside.services,
            self.dumping.background,
            self,
            symbols=self._settings.symbol_folders(),
        )
        viewer.setWindowFlag(Qt.WindowType.Window)
        bring_to_front(viewer)

    @Slot()
    def show_stacks(self) -> None:
        """Show what the threads of the selected process do, in a window of its own."""
        from gui.stacks.window import StacksWindow

        for entry in self.processes.selected()[:1]:
            walk = partial(
                self._outside.services.stacks, entry.key, self._settings.symbol_folders()
            )
            window = StacksWindow(entry.key, entry.row.name, walk, self.dumping.background, self)
            window.copied.connect(self._outside.desktop.copy)
            window.setWindowFlag(Qt.WindowType.Window)
            bring_to_front(window)

    def viewers(self, path: Path | None = None) -> list[ViewerWindow]:
        """Return the open viewers, or those of one file."""
        found = cast("list[ViewerWindow]", self.findChildren(QMainWindow, "viewer"))
        return [each for each in found if each.isVisible() and path in (None, each.path)]

    @Slot(object)
    def _close_viewers(self, path: Path | None = None) -> None:
        for viewer in self.viewers(path):
            viewer.close()

    def _close_stacks(self) -> None:
        for window in self.findChildren(QMainWindow, "stacks"):
            window.close()

    # -- slots -----------------------------------------------------------------------------------

    @Slot()
    def _show_actions(self) -> None:
        a = self.actions_
        selected = self.processes.selected()
        for action in (a.copy_row, a.copy_pid, a.details):
            action.setEnabled(bool(selected))
        a.stacks.setEnabled(len(selected) == 1)
        a.program_folder.setEnabled(len(selected) == 1 and bool(selected[0].row.exe))

    @Slot(QPoint)
    def _on_menu_wanted(self, position: QPoint) -> None:
        menu = self.make_context_menu()
        menu.popup(position)

    def make_context_menu(self) -> QMenu:
        """Build the context menu of the selection."""
        a = self.actions_
        menu = menus.context_menu(self)
        able = [entry for entry in self.processes.selected() if entry.dumpable]
        title = tr_n("&Dump this process", "&Dump these %n processes", max(1, len(able)))
        dump = menu.addMenu(title)
        dump.setObjectName("dumpMenu")
        self.dumping.fill_menu(dump)
        menu.addAction(a.watch)
        menu.addSeparator()
        menu.addActions([a.copy_row, a.copy_pid, a.details, a.stacks, a.program_folder])
        return menu

    @Slot()
    def _on_preset_wanted(self) -> None:
        """Ask how to dump the one process that is selected."""
        menu = menus.context_menu(self)
        menu.addSection(tr("Dump {name}").format(name=self.processes.selected()[0].row.name))
        self.dumping.fill_menu(menu)
        menu.popup(self.processes.view.place_of_selection())

    @Slot()
    def _on_columns_menu(self) -> None:
        self.menus.columns.clear()
        self.processes.view.fill_columns_menu(self.menus.columns)

    @Slot(str)
    def _on_told(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence, 8000)

    # -- closing ---------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        dumping = self._dumping
        if dumping and dumping.captures.active():
            event.ignore()
            self._ask_close(len(dumping.captures.active()))
            return
        if dumping and dumping.watches.service.active() and not self._closing:
            event.ignore()
            self._ask_stop_watching(len(dumping.watches.service.active()))
            return
        self._closing = True
        self._save()
        self.poller.close()
        if dumping:
            self._close_viewers()
            self._close_stacks()
            dumping.close()
        super().closeEvent(event)
        self.closed.emit()

    def _save(self) -> None:
        self.processes.save()
        if self._dumping:
            self._dumping.save()
        self._settings.set(options.GEOMETRY, self.saveGeometry())
        self._settings.set(options.MAIN_SPLITTER, self._main.saveState())
        self._settings.set(options.TOP_SPLITTER, self._top.saveState())
        self._settings.save()

    def _ask_close(self, count: int) -> None:
        question = Question(
            tr("Captures are running"),
            tr_n("1 capture is still running.", "%n captures are still running.", count),
            tr("Cancelled captures keep nothing; the processes run on."),
            (
                ("wait", tr("Close when done")),
                ("cancel", tr("Cancel all and close")),
                ("stay", tr("Stay")),
            ),
        )
        self._outside.dialogs.ask(self, question, self._on_close_answered)

    def _ask_stop_watching(self, count: int) -> None:
        question = Question(
            tr("Processes are watched"),
            tr_n("1 watch is armed.", "%n watches are armed.", count),
            tr("A watch ends with the window; the processes run on."),
            (("cancel", tr("Stop watching and close")), ("stay", tr("Stay"))),
        )
        self._outside.dialogs.ask(self, question, self._on_close_answered)

    def _on_close_answered(self, answer: str) -> None:
        self._closing = answer in ("wait", "cancel")
        if answer == "cancel":
            self.dumping.captures.cancel_all()
        self._close_when_idle()

    @Slot(object)
    def _on_capture_ended(self, _item: CaptureItem) -> None:
        self._close_when_idle()

    def _close_when_idle(self) -> None:
        if self._closing and not self.dumping.captures.active():
            self.close()

    # -- Qt overrides ----------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.look_inside(Path(url.toLocalFile()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._built:
            self.actions_.refresh_icons()
            refresh_icons(self)


class _Room(QWidget):
    """Keeps the place of a part that is yet to come."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def take_in(self, part: QWidget) -> None:
        """Show it here."""
        self._layout.addWidget(part)
