"""Finds what a start asked for, ``--pid`` or ``--exe``, as soon as processes have been listed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from gui.arguments import Arguments
from gui.i18n import tr
from gui.processes.panel import ProcessPanel


class Follower(QObject):
    """Main thread. The last start wins.

    Signals:
        told: a sentence for the status bar.
        preset_wanted: the one process of the program asked for is selected; dump it as what?
    """

    told = Signal(str)
    preset_wanted = Signal()

    def __init__(self, processes: ProcessPanel) -> None:
        super().__init__(processes)
        self._processes = processes
        self._wanted: Arguments | None = None
        processes.listed.connect(self._find)

    def follow(self, arguments: Arguments) -> None:
        """Select what is asked for, now or when there is a list."""
        self._wanted = arguments
        self._find()

    @Slot()
    def _find(self) -> None:
        wanted = self._wanted
        if wanted is None or not self._processes.entries():
            return
        self._wanted = None
        if wanted.pid is None and not wanted.exe:
            return
        found = self._processes.find_processes(wanted.pid, wanted.exe)
        if not found:
            what = wanted.exe or str(wanted.pid)
            self.told.emit(tr("There is no process {what}.").format(what=what))
            return
        self._processes.reveal(*(entry.key for entry in found))
        if wanted.exe and len(found) == 1:
            self.preset_wanted.emit()
        elif len(found) > 1:
            self.told.emit(tr("{n} processes of this program.").format(n=len(found)))
