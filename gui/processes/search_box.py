"""The line one searches the processes with."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from gui import theme
from gui.i18n import tr
from gui.plain import set_tip
from gui.processes.search import STATES


class SearchBox(QLineEdit):
    """A line one leaves for the list with Down or Enter.

    Signals:
        left: towards the list.
    """

    left = Signal()
    _icon: QAction | None = None

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("search")
        self.setAccessibleName(tr("Search processes"))
        self.setPlaceholderText(tr("Search name, PID, user, command, window…"))
        self.setClearButtonEnabled(True)
        place = QLineEdit.ActionPosition.LeadingPosition
        self._icon = self.addAction(theme.icon("search"), place)
        set_tip(self, _how_to_search())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._icon:
            self._icon.setIcon(theme.icon("search"))


def _how_to_search() -> str:
    return tr(
        "Words must all be found; “|” between them means either; “-word” means without.\n"
        "user:ann  name:web  cmd:--port  path:/opt  window:inbox  look in one column.\n"
        "/w[0-9]+/ is a regular expression.\n{states}\n"
        "is:hung finds programs that do not respond; only Windows tells which."
    ).format(states="  ".join(f"is:{word}" for word in STATES))
