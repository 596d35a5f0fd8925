"""What the window does when a dump is wanted, and what a capture's row wants of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from dumpengine import CaptureOptions, MinidumpType
from gui import settings as options
from gui.captures.item import CaptureItem
from gui.captures.launcher import Launcher
from gui.captures.remedy import Remedy
from gui.captures.row import CaptureRow
from gui.captures.sensitive import sensitive
from gui.captures.service import CaptureService
from gui.dialogs import Question
from gui.i18n import tr
from gui.options.destination import Destination
from gui.outside import Outside
from gui.processes.entry import Entry
from gui.processes.panel import ProcessPanel

if TYPE_CHECKING:
    from dumpengine import CaptureRequest


def _able(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.dumpable)


class DumpController(QObject):
    """Main thread. ``chosen`` gives what is ticked.

    Signals:
        look_wanted: look inside this file (a Path).
        deleting: this dump (a Path) is about to be deleted; Windows deletes no file that is open.
        deleted: this dump (a Path) was deleted.
        told: a sentence for the status bar.
    """

    look_wanted = Signal(object)
    deleting = Signal(object)
    deleted = Signal(object)
    told = Signal(str)

    def __init__(
        self,
        outside: Outside,
        service: CaptureService,
        destination: Destination,
        processes: ProcessPanel,
        chosen: Callable[[], CaptureOptions],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._outside = outside
        self._service = service
        self._destination = destination
        self._window = window
        self._processes = processes
        self._chosen = chosen
        self._launcher = Launcher(service, destination)
        self._confirmed: set[str] = set()

    # -- starting --------------------------------------------------------------------------------

    @Slot()
    def dump_selected(self) -> None:
        """Dump what is selected with what is ticked."""
        self.dump(self._processes.selected(), self._chosen())

    @Slot()
    def dump_tree(self) -> None:
        """Dump what is selected and all it started, as of one moment, the children first."""
        for entry in self._processes.selected()[:1]:
            able = _able(self._processes.tree_of(entry.key))
            requests = self._launcher.requests(able, self._chosen())
            self._confirm(able, self._launcher.of_one_moment(requests))

    @Slot()
    def dump_as_preset(self) -> None:
        """Dump what is selected with the preset of the menu entry that was chosen."""
        action = self.sender()
        if isinstance(action, QAction):
            wanted = replace(self._chosen(), dump_type=MinidumpType(action.data()))
            self.dump(self._processes.selected(), wanted)

    def dump(self, entries: tuple[Entry, ...], chosen: CaptureOptions) -> None:
        """Dump these processes; asks first where it should."""
        able = _able(entries)
        self._confirm(able, self._launcher.requests(able, chosen))

    @Slot()
    def dump_as_administrator(self) -> None:
        """Dump what is selected and belongs to someone else, asking for the rights first."""
        others = tuple(entry for entry in self._processes.selected() if entry.needs_rights)
        requests = self._launcher.requests(others, self._chosen())
        self._confirm(others, tuple(replace(each, elevated=True) for each in requests))

    def _confirm(self, able: tuple[Entry, ...], requests: tuple[CaptureRequest, ...]) -> None:
        secret = tuple(e for e in sensitive(able) if e.row.name not in self._confirmed)
        confirm = self._outside.settings.get(options.CONFIRM_SENSITIVE)
        if secret and confirm:
            self._ask_sensitive(secret, requests)
        else:
            self._launcher.start(requests)

    def _ask_sensitive(
        self, entries: tuple[Entry, ...], requests: tuple[CaptureRequest, ...]
    ) -> None:
        names = ", ".join(entry.row.name for entry in entries)

        def answered(answer: str) -> None:
            if answer == "dump":
                self._confirmed.update(entry.row.name for entry in entries)
                self._launcher.start(requests)

        question = Question(
            tr("Dump {names}?").format(names=names),
            tr("{names} keeps passwords or keys in its memory.").format(names=names),
            tr("They will be readable in the dump. Security software may raise an alarm."),
            (("dump", tr("Dump it")), ("no", tr("Do not dump"))),
        )
        self._outside.dialogs.ask(self._window, question, answered)

    # -- rows ------------------------------------------------------------------------------------

    @Slot(object)
    def adopt_row(self, row: CaptureRow) -> None:
        """Do what the buttons of this row ask for."""
        row.cancel_wanted.connect(self._service.cancel)
        row.open_folder_wanted.connect(self._on_open_folder)
        row.copy_path_wanted.connect(self._on_copy_path)
        row.look_wanted.connect(self._on_look)
        row.delete_wanted.connect(self._on_delete)
        row.remedy_wanted.connect(self._on_remedy)

    @Slot(object)
    def _on_open_folder(self, item: CaptureItem) -> None:
        self._outside.desktop.open_folder(item.request.path.parent)

    @Slot(object)
    def _on_copy_path(self, item: CaptureItem) -> None:
        if item.path:
            self._outside.desktop.copy(str(item.path))
            self.told.emit(tr("Copied: {path}").format(path=item.path))

    @Slot(object)
    def _on_look(self, item: CaptureItem) -> None:
        if item.path:
            self.look_wanted.emit(item.path)

    @Slot(object)
    def _on_delete(self, item: CaptureItem) -> None:
        if item.path:
            self.ask_delete(item.path)

    @Slot(object)
    def ask_delete(self, path: Path) -> None:
        """Delete a dump's file after asking."""

        def answered(answer: str) -> None:
            if answer == "delete":
                self._delete(path)

        question = Question(
            tr("Delete the dump?"),
            tr("{name} will be deleted from the disk.").format(name=path.name),
            str(path),
            (("delete", tr("Delete")), ("keep", tr("Keep"))),
        )
        self._outside.dialogs.ask(self._window, question, answered)

    def _delete(self, path: Path) -> None:
        self.deleting.emit(path)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._outside.dialogs.tell(
                self._window,
                tr("Not deleted"),
                tr("{path} could not be deleted: {why}.").format(path=path, why=error.strerror),
            )
            return
        self.told.emit(tr("Deleted: {path}").format(path=path))
        self.deleted.emit(path)

    @Slot(object, object)
    def _on_remedy(self, item: CaptureItem, remedy: Remedy) -> None:
        if remedy is Remedy.CHOOSE_FOLDER:
            self._destination.choose()
        elif remedy is Remedy.SMALLER:
            self._launcher.again(item.request, item.smaller)
        elif remedy is Remedy.ADMINISTRATOR:
            self._launcher.again(item.request, elevated=True)
        else:
            self._launcher.again(item.request)
