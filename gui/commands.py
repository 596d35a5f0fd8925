"""What the menus do with the selection and the window: copy, show, explain, point.

Dialogs are imported when they are first wanted; the window is there before them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

import dumpengine
from gui import settings as options
from gui import theme
from gui.actions import Actions
from gui.i18n import tr
from gui.keyboard import shortcut_text
from gui.outside import Outside
from gui.picking.picked import Picked
from gui.picking.picker import find_picker
from gui.plain import set_tip
from gui.processes.panel import ProcessPanel
from gui.theme import Scheme


class Commands(QObject):
    """Main thread.

    Signals:
        told: a sentence for the status bar.
        rate_wanted: seconds between two looks at the processes.
    """

    told = Signal(str)
    rate_wanted = Signal(object)

    def __init__(
        self, outside: Outside, processes: ProcessPanel, actions: Actions, window: QWidget
    ) -> None:
        super().__init__(window)
        self._outside = outside
        self._processes = processes
        self._actions = actions
        self._window = window
        self._connect()

    def _connect(self) -> None:
        a = self._actions
        a.copy_row.triggered.connect(self.copy_row)
        a.copy_pid.triggered.connect(self.copy_pid)
        a.program_folder.triggered.connect(self.open_program_folder)
        a.details.triggered.connect(self.show_details)
        a.settings.triggered.connect(self.show_settings)
        a.shortcuts.triggered.connect(self.show_shortcuts)
        a.news.triggered.connect(self.show_news)
        a.about.triggered.connect(self.show_about)
        a.pick_window.triggered.connect(self.pick_window)
        self._processes.opened.connect(self.show_details)
        reason = find_picker()[1]
        a.pick_window.setEnabled(not reason)
        set_tip(a.pick_window, reason or a.pick_window.toolTip())

    # -- the selection ---------------------------------------------------------------------------

    @Slot()
    def copy_row(self) -> None:
        """Copy the selected rows as they are shown, columns separated by tabs."""
        columns = self._processes.visible_columns()
        rows = self._processes.selected()
        lines = ["\t".join(column.text(entry) for column in columns) for entry in rows]
        self._outside.desktop.copy("\n".join(lines))

    @Slot()
    def copy_pid(self) -> None:
        """Copy the selected process ids."""
        pids = (str(entry.key.pid) for entry in self._processes.selected())
        self._outside.desktop.copy("\n".join(pids))

    @Slot(str)
    def copy_text(self, text: str) -> None:
        """Copy a text and say so."""
        self._outside.desktop.copy(text)
        self.told.emit(tr("Copied: {path}").format(path=text))

    @Slot()
    def open_program_folder(self) -> None:
        """Show where the selected program lies."""
        for entry in self._processes.selected()[:1]:
            if entry.row.exe:
                self._outside.desktop.open_folder(Path(entry.row.exe).parent)

    @Slot()
    def show_details(self) -> None:
        """Show all facts of the first selected process."""
        from gui.processes.details import ProcessDetails

        for entry in self._processes.selected()[:1]:
            ProcessDetails(entry, self._processes.model.columns, self._window).show()

    # -- the window ------------------------------------------------------------------------------

    @Slot()
    def show_settings(self) -> None:
        """Open the settings."""
        from gui.file_manager_menu import file_manager_menu
        from gui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._outside.settings, self._window, file_manager_menu())
        dialog.scheme_changed.connect(self.apply_scheme)
        dialog.rate_changed.connect(self.rate_wanted)
        dialog.show()

    @Slot()
    def show_shortcuts(self) -> None:
        """List the keyboard shortcuts."""
        text = shortcut_text(self._actions).replace("\t", "    ")
        self._outside.dialogs.tell(self._window, tr("Keyboard shortcuts"), text)

    @Slot(str)
    def show_surprise(self, sentence: str) -> None:
        """Say what went wrong in the window itself."""
        log = self._outside.settings.folder / "dumpdesk.log"
        where = tr("The window goes on. Details for a report are in {log}.").format(log=log)
        self._outside.dialogs.tell(self._window, tr("Something went wrong"), f"{sentence}\n{where}")

    @Slot()
    def show_news(self) -> None:
        """Show what is new."""
        from gui.news import News

        News(self._window).open()

    @Slot()
    def show_about(self) -> None:
        """Say what this program is."""
        sentence = tr(
            "DumpDesk {version}\nSee the running processes, right-click one, get a minidump "
            "every debugger opens."
        )
        self._outside.dialogs.tell(
            self._window,
            tr("About DumpDesk"),
            sentence.format(version=dumpengine.__version__),
        )

    @Slot(QAction)
    def choose_rate(self, action: QAction) -> None:
        """An entry of View > Update every."""
        self._outside.settings.set(options.RATE, int(action.data()))
        self.rate_wanted.emit(int(action.data()))

    @Slot(QAction)
    def choose_scheme(self, action: QAction) -> None:
        """An entry of View > Appearance."""
        scheme = Scheme(action.data())
        self._outside.settings.set(options.SCHEME, scheme)
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
        from gui.picking.overlay import Crosshair

        for before in self._window.findChildren(Crosshair):  # it still waits for its click
            before.close()
        crosshair = Crosshair(picker, self._window)
        crosshair.picked.connect(self._on_picked)
        crosshair.begin()

    @Slot(object)
    def _on_picked(self, picked: Picked | None) -> None:
        if picked is not None and self._processes.find_process(picked.pid) is None:
            # Its program may have started since the last look.
            once = Qt.ConnectionType.SingleShotConnection
            self._processes.listed.connect(partial(self._reveal, picked), once)
            self._processes.poller.look_now()
        else:
            self._reveal(picked)

    def _reveal(self, picked: Picked | None) -> None:
        entry = self._processes.find_process(picked.pid) if picked else None
        if picked is None or entry is None:
            self.told.emit(tr("No process was found for that window."))
            return
        self._processes.reveal(entry.key)
        self.told.emit(picked.note or tr("Found: {name}").format(name=entry.row.name))
