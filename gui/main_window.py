"""The one window: who on the left, what on the right, what happened below."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShortcut
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from dumpengine import MinidumpType
from gui import menus, theme
from gui import settings as options
from gui.actions import make_actions
from gui.arguments import Arguments
from gui.background import Background
from gui.captures.controller import DumpController, Surroundings
from gui.captures.extras import Extras
from gui.captures.item import CaptureItem, CaptureState
from gui.captures.panel import CapturesPanel
from gui.captures.service import CaptureService
from gui.captures.words import headline
from gui.commands import Around, Commands
from gui.desktop import Desktop
from gui.dialogs import Dialogs, Question
from gui.follower import Follower
from gui.history.panel import HistoryPanel
from gui.history.store import HistoryStore
from gui.i18n import tr, tr_n
from gui.options.destination import Destination
from gui.options.estimator import Estimator
from gui.options.leave_out import LeaveOut
from gui.options.more import More
from gui.options.panel import OptionsPanel
from gui.options.preset_menu import PresetMenu
from gui.options.presets import Presets
from gui.options.redact import Redact
from gui.processes.panel import ListActions, ProcessPanel
from gui.services import Services
from gui.settings import Settings
from gui.titles.facts import LookAtWindows, no_windows
from gui.widgets import bring_to_front, refresh_icons


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies outside of the window: the engine, the settings, the desktop, questions.

    ``look_at_windows`` is called in the poller's thread only.
    """

    services: Services
    settings: Settings
    dialogs: Dialogs
    desktop: Desktop
    look_at_windows: LookAtWindows = no_windows


class MainWindow(QMainWindow):
    """Puts the parts together; the rules live in them.

    Signals:
        closed: the window is closed and everything it ran has ended.
    """

    closed = Signal()

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self._outside = outside
        self._settings = outside.settings
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
        self.background = Background(self)
        self.captures = CaptureService(self._outside.services.capture, self)
        self._build_panels()
        self._build_splitters()
        self._build_menus()
        self.statusBar().setSizeGripEnabled(True)
        self.setAcceptDrops(True)

    def _build_panels(self) -> None:
        a = self.actions_
        shared = ListActions(
            a.find, a.tree, a.pause, a.refresh, a.kernel_threads, a.pick_window, a.mine, a.all
        )
        services = self._outside.services
        self.processes = ProcessPanel(
            services.list_processes, self._settings, shared, self, self._outside.look_at_windows
        )
        self.poller = self.processes.poller
        self._follower = Follower(self.processes)
        self.presets = Presets(self._settings, self)
        self.destination = Destination(self._settings, services, self.background, self)
        self.options = OptionsPanel(
            self._settings,
            self.presets,
            Estimator(services, self.background, self),
            self.destination,
            self,
        )
        self.options.add_section(Redact(self._settings, self.options))
        self.options.add_section(More(self._settings, self.options))
        self.options.add_section(LeaveOut(services, self.background, self.options))
        self._preset_menu = PresetMenu(
            self.presets,
            self._outside.dialogs,
            self.options.dump_type,
            self.options.preset.currentText,
            self.options,
        )
        self.options.add_beside_preset(self._preset_menu.button)
        self.captures_panel = CapturesPanel(self.captures, services.elevation_obstacle, self)
        self.history = HistoryPanel(
            HistoryStore(self._settings.folder / "history.jsonl"),
            self._settings,
            self._outside.desktop,
            self,
        )
        self.controller = DumpController(
            Surroundings(
                self,
                self.captures,
                self.destination,
                self._settings,
                self._outside.dialogs,
                self._outside.desktop,
            ),
            self.processes,
            self._chosen,
        )

        self.commands = Commands(
            Around(
                self,
                self.processes,
                self.actions_,
                self._settings,
                self._outside.dialogs,
                self._outside.desktop,
            )
        )

    def _build_splitters(self) -> None:
        self._top = QSplitter(Qt.Orientation.Horizontal, self)
        self._top.setObjectName("top")
        self._top.addWidget(self.processes)
        self._top.addWidget(self.options)
        self._top.setStretchFactor(0, 1)
        self._top.setStretchFactor(1, 0)
        self._bottom = QTabWidget(self)
        self._bottom.setDocumentMode(True)
        self._bottom.setAccessibleName(tr("What happened"))
        self._bottom.addTab(self.captures_panel, tr("Captures"))
        self._bottom.addTab(self.history, tr("History"))
        self._main = QSplitter(Qt.Orientation.Vertical, self)
        self._main.addWidget(self._top)
        self._main.addWidget(self._bottom)
        self._main.setStretchFactor(0, 3)
        self._main.setStretchFactor(1, 1)
        for splitter in (self._main, self._top):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(self.fontMetrics().averageCharWidth())
        central = QWidget(self)
        layout = QVBoxLayout(central)
        unit = self.fontMetrics().averageCharWidth()
        layout.setContentsMargins(unit, unit, unit, 0)
        layout.addWidget(self._main)
        self.setCentralWidget(central)

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
        a.dump.triggered.connect(self.controller.dump_selected)
        a.change_folder.triggered.connect(self.destination.choose)
        a.cancel_all.triggered.connect(self.captures.cancel_all)
        a.clear_ended.triggered.connect(self.captures_panel.remove_ended)
        a.expand.triggered.connect(self.processes.expand_everything)
        a.collapse.triggered.connect(self.processes.collapse_everything)
        a.show_captures.triggered.connect(self._on_show_captures)
        a.show_history.triggered.connect(self._on_show_history)
        self.history.look_wanted.connect(self.look_inside)
        self.history.delete_wanted.connect(self.controller.ask_delete)
        self.controller.deleted.connect(self._on_deleted)
        a.dump_tree.triggered.connect(self.controller.dump_tree)
        escape = QShortcut(Qt.Key.Key_Escape, self)
        escape.activated.connect(self.processes.escape)
        self.processes.selection_changed.connect(self._on_selection_changed)
        self._follower.told.connect(self._on_told)
        self._follower.preset_wanted.connect(self._on_preset_wanted)
        self.processes.menu_wanted.connect(self._on_menu_wanted)
        self.options.copy_wanted.connect(self.commands.copy_text)
        self.commands.told.connect(self._on_told)
        self.commands.rate_wanted.connect(self.poller.set_rate)
        self.options.dump_wanted.connect(self.controller.dump_selected)
        self.captures_panel.row_added.connect(self.controller.adopt_row)
        self.captures.added.connect(self._on_captures_changed)
        self.captures.ended.connect(self._on_capture_ended)
        self.controller.told.connect(self._on_told)
        self.controller.look_wanted.connect(self.look_inside)
        a.open_dump.triggered.connect(self._on_open_dump)

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

    def start(self) -> None:
        """Begin to look at the processes, and clean up after a crash of before."""
        self.poller.start(self._settings.get(options.RATE))
        folder = self.destination.folder
        self.background.run(
            self, lambda: self._outside.services.sweep(folder), _ignore, self._on_sweep_failed
        )

    @Slot(object)
    def follow(self, arguments: Arguments) -> None:
        """Do what a start asked for, this one's or a second one's."""
        self._follower.follow(arguments)
        if arguments.pick_window:
            self.commands.pick_window()
        if arguments.file:
            self.look_inside(Path(arguments.file))
        else:
            bring_to_front(self)

    # -- state -----------------------------------------------------------------------------------

    def _chosen(self) -> tuple[MinidumpType, Extras]:
        return self.options.dump_type(), self.options.extras()

    def _show_actions(self) -> None:
        a = self.actions_
        selected = self.processes.selected()
        refusal = self.options.refusal()
        a.dump.setEnabled(not refusal)
        a.dump.setToolTip(refusal or tr("Dump what is selected"))
        a.dump.setStatusTip(refusal or tr("Dump what is selected"))
        a.dump_tree.setEnabled(not refusal and len(selected) == 1)
        for action in (a.copy_row, a.copy_pid, a.details):
            action.setEnabled(bool(selected))
        a.program_folder.setEnabled(len(selected) == 1 and bool(selected[0].row.exe))
        a.cancel_all.setEnabled(bool(self.captures.active()))
        a.clear_ended.setEnabled(any(r.item.state.ended for r in self.captures_panel.rows()))

    def _save(self) -> None:
        self.processes.save()
        self.options.save()
        self._settings.set(options.GEOMETRY, self.saveGeometry())
        self._settings.set(options.MAIN_SPLITTER, self._main.saveState())
        self._settings.set(options.TOP_SPLITTER, self._top.saveState())
        self._settings.save()

    @Slot(object)
    def look_inside(self, path: Path) -> None:
        """Open the viewer on a file, or bring the one that shows it to the front."""
        from gui.viewer.window import ViewerWindow  # its readers are not needed at the start

        for viewer in self.findChildren(ViewerWindow):
            if viewer.path == path and viewer.isVisible():
                bring_to_front(viewer)
                return
        viewer = ViewerWindow(path, self._outside.services, self.background, self)
        viewer.setWindowFlag(Qt.WindowType.Window)
        bring_to_front(viewer)

    @Slot()
    def _on_open_dump(self) -> None:
        self._outside.dialogs.pick_dump(self, self.destination.folder, self.look_inside)

    # -- slots -----------------------------------------------------------------------------------

    @Slot()
    def _on_selection_changed(self) -> None:
        self.options.show_targets(self.processes.selected())
        self._show_actions()

    @Slot(QPoint)
    def _on_menu_wanted(self, position: QPoint) -> None:
        menu = self.make_context_menu()
        menu.popup(position)

    def make_context_menu(self) -> QMenu:
        """Build the context menu of the selection."""
        a = self.actions_
        menu = menus.context_menu(self)
        selected = self.processes.selected()
        able = [entry for entry in selected if entry.dumpable]
        title = tr_n("&Dump this process", "&Dump these %n processes", max(1, len(able)))
        dump = menu.addMenu(title)
        dump.setObjectName("dumpMenu")
        self._fill_dump_menu(dump)
        menu.addSeparator()
        menu.addActions([a.copy_row, a.copy_pid, a.details, a.program_folder])
        return menu

    @Slot()
    def _on_preset_wanted(self) -> None:
        """Ask how to dump the one process that is selected."""
        menu = menus.context_menu(self)
        menu.addSection(tr("Dump {name}").format(name=self.processes.selected()[0].row.name))
        self._fill_dump_menu(menu)
        menu.popup(self.processes.view.place_of_selection())

    def _fill_dump_menu(self, dump: QMenu) -> None:
        a = self.actions_
        selected = self.processes.selected()
        able = any(entry.dumpable for entry in selected)
        refusal = "" if able else (selected[0].refusal if selected else tr("Nothing is selected."))
        menus.fill_dump_menu(dump, self.presets.choices(), refusal, self.controller.dump_as_preset)
        if not refusal:
            ticked = dump.addAction(tr("With the ticked &options…"))
            ticked.triggered.connect(self.controller.dump_selected)
            ticked.setToolTip(self.options.hex.text())
            dump.addAction(a.dump_tree)
        elif any(entry.needs_rights for entry in selected):
            self._add_as_administrator(dump)

    def _add_as_administrator(self, menu: QMenu) -> None:
        obstacle = self._outside.services.elevation_obstacle()
        action = menu.addAction(theme.icon("lock"), tr("Try as &administrator…"))
        action.setObjectName("asAdministrator")
        action.setEnabled(not obstacle)
        action.setToolTip(obstacle or tr("Asks for administrator rights for this one capture"))
        action.triggered.connect(self.controller.dump_as_administrator)

    @Slot(object)
    def _on_captures_changed(self, _item: CaptureItem) -> None:
        self._bottom.setCurrentWidget(self.captures_panel)
        self._show_actions()

    @Slot(object)
    def _on_capture_ended(self, item: CaptureItem) -> None:
        self._show_actions()
        if item.result is not None:
            self.history.add(item.result)
        self.destination.refresh_space()
        self._tell_ended(item)
        if self._closing and not self.captures.active():
            self.close()

    def _tell_ended(self, item: CaptureItem) -> None:
        if item.state is CaptureState.CANCELLED:
            return
        program = f"{item.request.name} ({item.request.key.pid})"
        failed = item.state is CaptureState.FAILED
        title = tr("{program} was not dumped") if failed else tr("{program} is dumped")
        self._outside.desktop.notify(self, title.format(program=program), headline(item), failed)

    @Slot()
    def _on_show_captures(self) -> None:
        self._bottom.setCurrentWidget(self.captures_panel)
        self.captures_panel.area.setFocus()

    @Slot()
    def _on_show_history(self) -> None:
        self.history.refresh()
        self._bottom.setCurrentWidget(self.history)
        self.history.table.setFocus()

    @Slot(object)
    def _on_deleted(self, path: Path) -> None:
        self.history.refresh()
        for row in self.captures_panel.rows():
            if row.item.path == path:
                self.captures_panel.remove(row.item)

    @Slot()
    def _on_columns_menu(self) -> None:
        self.menus.columns.clear()
        self.processes.view.fill_columns_menu(self.menus.columns)

    @Slot(str)
    def _on_told(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence, 8000)

    def _on_sweep_failed(self, error: Exception) -> None:
        self._on_told(tr("Old partial files could not be removed: {why}").format(why=error))

    # -- Qt overrides ----------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.captures.active():
            event.ignore()
            self._ask_close()
            return
        self._save()
        self.poller.close()
        self.captures.close()
        self.background.close()
        super().closeEvent(event)
        self.closed.emit()

    def _ask_close(self) -> None:
        count = len(self.captures.active())
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

    def _on_close_answered(self, answer: str) -> None:
        self._closing = answer in ("wait", "cancel")
        if answer == "cancel":
            self.captures.cancel_all()
        if self._closing and not self.captures.active():
            self.close()

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


def _ignore(_nothing: object) -> None:
    """Take a result nobody needs."""
