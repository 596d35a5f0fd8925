"""What the menus do with the selection and the window: copy, show, explain, point."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

import dumpengine
from gui import settings as options
from gui import theme
from gui.actions import Actions
from gui.desktop import Desktop
from gui.dialogs import Dialogs
from gui.file_manager_menu import file_manager_menu
from gui.i18n import tr
from gui.keyboard import shortcut_text
from gui.picking.overlay import Crosshair
from gui.picking.picker import Picked, find_picker
from gui.processes.details import ProcessDetails
from gui.processes.panel import ProcessPanel
from gui.settings import Settings
from gui.settings_dialog import SettingsDialog
from gui.theme import Scheme


@dataclass(frozen=True, slots=True)
class Around:
    """What the commands work with."""

    window: QWidget
    processes: ProcessPanel
    actions: Actions
    settings: Settings
    dialogs: Dialogs
    desktop: Desktop


class Commands(QObject):
    """Main thread.

    Signals:
        told: a sentence for the status bar.
        rate_wanted: seconds between two looks at the processes.
    """

    told = Signal(str)
    rate_wanted = Signal(object)

    def __init__(self, around: Around) -> None:
        super().__init__(around.window)
        self._around = around
        self._connect()

    def _connect(self) -> None:
        a = self._around.actions
        a.copy_row.triggered.connect(self.copy_row)
        a.copy_pid.triggered.connect(self.copy_pid)
        a.program_folder.triggered.connect(self.open_program_folder)
        a.details.triggered.connect(self.show_details)
        a.settings.triggered.connect(self.show_settings)
        a.shortcuts.triggered.connect(self.show_shortcuts)
        a.about.triggered.connect(self.show_about)
        a.pick_window.triggered.connect(self.pick_window)
        self._around.processes.opened.connect(self.show_details)
        reason = find_picker()[1]
        a.pick_window.setEnabled(not reason)
        a.pick_window.setToolTip(reason or a.pick_window.toolTip())

    # -- the selection ---------------------------------------------------------------------------

    @Slot()
    def copy_row(self) -> None:
        """Copy the selected rows as they are shown, columns separated by tabs."""
        columns = self._around.processes.visible_columns()
        rows = self._around.processes.selected()
        lines = ["\t".join(column.text(entry) for column in columns) for entry in rows]
        self._around.desktop.copy("\n".join(lines))

    @Slot()
    def copy_pid(self) -> None:
        """Copy the selected process ids."""
        pids = (str(entry.key.pid) for entry in self._around.processes.selected())
        self._around.desktop.copy("\n".join(pids))

    @Slot(str)
    def copy_text(self, text: str) -> None:
        """Copy a text and say so."""
        self._around.desktop.copy(text)
        self.told.emit(tr("Copied: {path}").format(path=text))

    @Slot()
    def open_program_folder(self) -> None:
        """Show where the selected program lies."""
        for entry in self._around.processes.selected()[:1]:
            if entry.row.exe:
                self._around.desktop.open_folder(Path(entry.row.exe).parent)

    @Slot()
    def show_details(self) -> None:
        """Show all facts of the first selected process."""
        processes = self._around.processes
        for entry in processes.selected()[:1]:
            ProcessDetails(entry, processes.model.columns, self._around.window).show()

    # -- the window ------------------------------------------------------------------------------

    @Slot()
    def show_settings(self) -> None:
        """Open the settings."""
        dialog = SettingsDialog(self._around.settings, self._around.window, file_manager_menu())
        dialog.scheme_changed.connect(self.apply_scheme)
        dialog.rate_changed.connect(self.rate_wanted)
        dialog.show()

    @Slot()
    def show_shortcuts(self) -> None:
        """List the keyboard shortcuts."""
        text = shortcut_text(self._around.actions).replace("\t", "    ")
        self._around.dialogs.tell(self._around.window, tr("Keyboard shortcuts"), text)

    @Slot()
    def show_about(self) -> None:
        """Say what this program is."""
        sentence = tr(
            "DumpDesk {version}\nSee the running processes, right-click one, get a minidump "
            "every debugger opens."
        )
        self._around.dialogs.tell(
            self._around.window,
            tr("About DumpDesk"),
            sentence.format(version=dumpengine.__version__),
        )

    @Slot(QAction)
    def choose_rate(self, action: QAction) -> None:
        """An entry of View > Update every."""
        self._around.settings.set(options.RATE, int(action.data()))
        self.rate_wanted.emit(int(action.data()))

    @Slot(QAction)
    def choose_scheme(self, action: QAction) -> None:
        """An entry of View > Appearance."""
        scheme = Scheme(action.data())
        self._around.settings.set(options.SCHEME, scheme)
        self.apply_scheme(scheme)

    @Slot(object)
    def apply_scheme(self, scheme: Scheme) -> None:
        """Use another appearance now."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, scheme)

    # -- pointing --------------------------------------------------------------------------------

    @Slot()
    def pick_window(self) -> None:
        """Let the user point at a window, and select its process."""
        picker, reason = find_picker()
        if picker is None:
            self.told.emit(reason)
            return
        crosshair = Crosshair(picker, self._around.window)
        crosshair.picked.connect(self._on_picked)
        crosshair.begin()

    @Slot(object)
    def _on_picked(self, picked: Picked | None) -> None:
        entry = self._around.processes.find_process(picked.pid) if picked else None
        if picked is None or entry is None:
            self.told.emit(tr("No process was found for that window."))
            return
        self._around.processes.reveal(entry.key)
        self.told.emit(picked.note or tr("Found: {name}").format(name=entry.row.name))
