"""The program ``dumpdesk``, which also says on its standard output what happens in it.

For tests that use mouse and keyboard from outside: a line per event, ``listed`` or ``picked PID``.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import Slot

from gui import app
from gui.main_window import MainWindow
from gui.outside import Outside


class ToldWindow(MainWindow):
    """Tells what a test cannot see in a picture."""

    def __init__(self, outside: Outside) -> None:
        super().__init__(outside)
        self.processes.listed.connect(lambda: self._tell("listed"))
        self.processes.view.keys_selected.connect(self._on_selected)

    @Slot()
    def _on_selected(self) -> None:
        pids = [str(entry.key.pid) for entry in self.processes.selected()]
        self._tell("selected", *pids)

    def _tell(self, *words: str) -> None:
        print(*words, flush=True)


if __name__ == "__main__":
    app.MainWindow = ToldWindow
    sys.exit(app.main(sys.argv[1:]))
