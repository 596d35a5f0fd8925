"""What a chosen process is dumped with, and what came of it: options, captures, history."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QMenu, QTabWidget, QWidget

from gui import menus, theme
from gui.actions import Actions
from gui.background import Background
from gui.captures.controller import DumpController
from gui.captures.item import CaptureItem, CaptureState
from gui.captures.panel import CapturesPanel
from gui.captures.remedy import smaller_that_fits, wants_room
from gui.captures.service import CaptureService
from gui.captures.words import headline
from gui.history.panel import HistoryPanel
from gui.history.store import HistoryStore
from gui.i18n import tr
from gui.keyboard import Refusals
from gui.options.destination import Destination
from gui.options.estimator import Estimator
from gui.options.leave_out import LeaveOut
from gui.options.more import More
from gui.options.panel import OptionsPanel
from gui.options.preset_menu import PresetMenu
from gui.options.presets import Presets
from gui.options.tick import ticks
from gui.outside import Outside
from gui.plain import set_tip
from gui.processes.panel import ProcessPanel
from gui.watch.controller import WatchController

if TYPE_CHECKING:
    from dumpengine import CaptureResult, MinidumpType


class Dumping(QObject):
    """Makes the right side of the window and the bottom, and answers the actions that dump.

    Signals:
        told: a sentence for the status bar.
        look_wanted: look inside this file (a Path).
        ended: a CaptureItem is over.
    """

    told = Signal(str)
    look_wanted = Signal(object)
    ended = Signal(object)

    def __init__(
        self, outside: Outside, processes: ProcessPanel, actions: Actions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._outside = outside
        self._window = window
        self._processes = processes
        self._actions = actions
        self.background = Background(self)
        self.captures = CaptureService(outside.services.capture, self)
        self._build_options()
        self._build_bottom()
        self.controller = DumpController(
            outside, self.captures, self.destination, processes, self.options.chosen, window
        )
        self.watches = WatchController(
            outside, processes, self.presets, self.destination, self.options.chosen, window
        )
        self.bottom.addTab(self.watches.panel, tr("Watches"))
        self._connect()
        self.options.show_targets(processes.selected())
        self._show_actions()

    # -- construction ----------------------------------------------------------------------------

    def _build_options(self) -> None:
        settings, services = self._outside.settings, self._outside.services
        self.presets = Presets(settings, self)
        self.destination = Destination(settings, services, self.background, self._window)
        estimator = Estimator(services, self.background, self)
        self.options = OptionsPanel(
            settings, self.presets, estimator, self.destination, self._window
        )
        for tick in ticks(settings, self.options):
            self.options.add_part(tick)
        self.options.add_part(More(settings, self.options))
        self.options.add_part(LeaveOut(services, self.background, self.options))
        self.preset_menu = PresetMenu(
            self.presets,
            self._outside.dialogs,
            self.options.dump_type,
            self.options.preset.currentText,
            self.options,
        )
        self.options.add_beside_preset(self.preset_menu.button)

    def _build_bottom(self) -> None:
        settings, services = self._outside.settings, self._outside.services
        self.captures_panel = CapturesPanel(
            self.captures, services.elevation_obstacle, self._window
        )
        store = HistoryStore(settings.folder / "history.jsonl")
        self.history = HistoryPanel(store, settings, self._outside.desktop, self._window)
        self.bottom = QTabWidget(self._window)
        self.bottom.setDocumentMode(True)
        self.bottom.setAccessibleName(tr("What happened"))
        self.bottom.addTab(self.captures_panel, tr("Captures"))
        self.bottom.addTab(self.history, tr("History"))

    def _connect(self) -> None:
        a = self._actions
        refusals = Refusals((a.dump, a.dump_tree), self._window)
        refusals.told.connect(self.told)
        a.dump.triggered.connect(self.controller.dump_selected)
        a.dump_tree.triggered.connect(self.controller.dump_tree)
        a.change_folder.triggered.connect(self.destination.choose)
        a.cancel_all.triggered.connect(self.captures.cancel_all)
        a.clear_ended.triggered.connect(self.captures_panel.remove_ended)
        a.show_captures.triggered.connect(self._on_show_captures)
        a.show_history.triggered.connect(self._on_show_history)
        a.show_watches.triggered.connect(self._on_show_watches)
        a.watch.triggered.connect(self.watches.ask)
        self.watches.started.connect(self._on_show_watches)
        self.watches.changed.connect(self._on_watches_changed)
        self.watches.dumped.connect(self.captures.adopt)
        self.watches.panel.look_wanted.connect(self.look_wanted)
        a.open_dump.triggered.connect(self._on_open_dump)
        self._processes.selection_changed.connect(self._on_selection_changed)
        self.options.dump_wanted.connect(self.controller.dump_selected)
        self.captures_panel.row_added.connect(self.controller.adopt_row)
        self.captures.added.connect(self._on_capture_added)
        self.captures.ended.connect(self._on_capture_ended)
        self.history.look_wanted.connect(self.look_wanted)
        self.history.delete_wanted.connect(self.controller.ask_delete)
        self.controller.deleted.connect(self._on_deleted)
        self.controller.look_wanted.connect(self.look_wanted)
        self.controller.told.connect(self.told)

    # -- what the window asks --------------------------------------------------------------------

    def sweep(self) -> None:
        """Remove what an earlier crash left in the folder."""
        sweep, folder = self._outside.services.sweep, self.destination.folder
        self.background.run(self, lambda: sweep(folder), _ignore, self._on_sweep_failed)

    def save(self) -> None:
        """Keep what is ticked for the next start."""
        self.options.save()

    def close(self) -> None:
        """End everything that runs in the background."""
        self.captures.close()
        self.watches.close()
        self.background.close()

    def fill_menu(self, dump: QMenu) -> None:
        """Add the ways to dump what is selected, or why it cannot be."""
        a = self._actions
        selected = self._processes.selected()
        able = any(entry.dumpable for entry in selected)
        refusal = "" if able else (selected[0].refusal if selected else tr("Nothing is selected."))
        menus.fill_dump_menu(dump, self.presets.choices(), refusal, self.controller.dump_as_preset)
        if not refusal:
            ticked = dump.addAction(tr("With the ticked &options…"))
            ticked.triggered.connect(self.controller.dump_selected)
            set_tip(ticked, self.options.hex.text())
            dump.addAction(a.dump_tree)
        elif any(entry.needs_rights for entry in selected):
            self._add_as_administrator(dump)

    def _add_as_administrator(self, menu: QMenu) -> None:
        obstacle = self._outside.services.elevation_obstacle()
        action = menu.addAction(theme.icon("lock"), tr("Try as &administrator…"))
        action.setObjectName("asAdministrator")
        action.setEnabled(not obstacle)
        set_tip(action, obstacle or tr("Asks for administrator rights for this one capture"))
        action.triggered.connect(self.controller.dump_as_administrator)

    # -- state -----------------------------------------------------------------------------------

    def _show_actions(self) -> None:
        a = self._actions
        selected = self._processes.selected()
        refusal = self.options.refusal()
        a.dump.setEnabled(not refusal)
        set_tip(a.dump, refusal or tr("Dump what is selected"))
        a.dump.setStatusTip(refusal or tr("Dump what is selected"))
        a.dump_tree.setEnabled(not refusal and len(selected) == 1)
        one = "" if len(selected) == 1 else tr("Choose a single process.")
        a.dump_tree.setStatusTip(refusal or one or tr("Dump what is selected and all it started"))
        a.watch.setEnabled(not refusal and len(selected) == 1)
        a.watch.setStatusTip(refusal or one or tr("Dump it later, when something happens to it"))
        a.cancel_all.setEnabled(bool(self.captures.active()))
        a.clear_ended.setEnabled(any(r.item.state.ended for r in self.captures_panel.rows()))

    # -- slots -----------------------------------------------------------------------------------

    @Slot()
    def _on_selection_changed(self) -> None:
        self.options.show_targets(self._processes.selected())
        self._show_actions()

    @Slot(object)
    def _on_capture_added(self, _item: CaptureItem) -> None:
        self.bottom.setCurrentWidget(self.captures_panel)
        self._show_actions()

    @Slot(object)
    def _on_capture_ended(self, item: CaptureItem) -> None:
        self._show_actions()
        if item.result is not None:
            self.history.add(item.result)
            self._look_for_smaller(item, item.result)
        self.destination.refresh_space()
        self._tell_ended(item)
        self.ended.emit(item)

    def _look_for_smaller(self, item: CaptureItem, result: CaptureResult) -> None:
        """Offer what fits, where the disk was full."""
        if wants_room(result):
            request, services = item.request, self._outside.services
            wanted = (services, request.key, result.dump_type, request.path.parent)
            work = partial(smaller_that_fits, *wanted)
            self.background.run(item, work, partial(_offer, item), _ignore)

    def _tell_ended(self, item: CaptureItem) -> None:
        if item.state is CaptureState.CANCELLED:
            return
        program = f"{item.request.name} ({item.request.key.pid})"
        failed = item.state is CaptureState.FAILED
        title = tr("{program} was not dumped") if failed else tr("{program} is dumped")
        title = title.format(program=program)
        self._outside.desktop.notify(self._window, title, headline(item), failed)

    @Slot()
    def _on_show_captures(self) -> None:
        self.bottom.setCurrentWidget(self.captures_panel)
        self.captures_panel.area.setFocus()

    @Slot()
    def _on_show_history(self) -> None:
        self.history.refresh()
        self.bottom.setCurrentWidget(self.history)
        self.history.table.setFocus()

    @Slot()
    def _on_show_watches(self) -> None:
        self.bottom.setCurrentWidget(self.watches.panel)
        self.watches.panel.area.setFocus()

    @Slot(int)
    def _on_watches_changed(self, count: int) -> None:
        title = tr("Watches ({n})").format(n=count) if count else tr("Watches")
        self.bottom.setTabText(self.bottom.indexOf(self.watches.panel), title)

    @Slot()
    def _on_open_dump(self) -> None:
        folder = self.destination.folder
        self._outside.dialogs.pick_dump(self._window, folder, self.look_wanted.emit)

    @Slot(object)
    def _on_deleted(self, path: Path) -> None:
        self.history.refresh()
        for row in self.captures_panel.rows():
            if row.item.path == path:
                self.captures_panel.remove(row.item)

    def _on_sweep_failed(self, error: Exception) -> None:
        self.told.emit(tr("Old partial files could not be removed: {why}").format(why=error))


def _offer(item: CaptureItem, smaller: MinidumpType | None) -> None:
    if smaller is not None:
        item.offer_smaller(smaller)


def _ignore(_nothing: object) -> None:
    """Take a result nobody needs."""
