"""What is armed, and what came of it: the rows of all watches, the newest on top."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from gui.i18n import tr
from gui.watch.item import WatchItem
from gui.watch.row import WatchRow
from gui.watch.service import WatchService
from gui.widgets import FaintLabel


class WatchesPanel(QWidget):
    """Shows a :class:`WatchRow` per watch.

    Signals:
        look_wanted: look inside this dump (a Path).
        folder_wanted: show where this dump (a Path) lies.
    """

    look_wanted = Signal(object)
    folder_wanted = Signal(object)

    def __init__(self, service: WatchService, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self._rows: dict[WatchItem, WatchRow] = {}
        self._build_ui()
        self._service.added.connect(self._on_added)

    def _build_ui(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = QScrollArea(self)
        self.area.setAccessibleName(tr("Watches"))
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self._content = QWidget(self.area)
        self._list = QVBoxLayout(self._content)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self.empty = FaintLabel(
            tr("Nothing is watched. Right-click a process and choose “Watch…” to dump it later."),
            self,
        )
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        self._list.addWidget(self.empty)
        self._list.addStretch(1)
        self.area.setWidget(self._content)
        outer.addWidget(self.area)

    def rows(self) -> tuple[WatchRow, ...]:
        """Return the rows, the oldest first."""
        return tuple(self._rows.values())

    @Slot(object)
    def _on_added(self, item: WatchItem) -> None:
        row = WatchRow(item, self._content)
        row.dump_wanted.connect(self._service.dump_now)
        row.stop_wanted.connect(self._service.stop)
        row.remove_wanted.connect(self.remove)
        row.look_wanted.connect(self.look_wanted)
        row.folder_wanted.connect(self.folder_wanted)
        self._rows[item] = row
        self.empty.hide()
        self._list.insertWidget(0, row)

    @Slot(object)
    def remove(self, item: WatchItem) -> None:
        """Take a watch that is over off the list; its dumps stay."""
        row = self._rows.pop(item)
        row.hide()
        row.deleteLater()
        item.deleteLater()
        self.empty.setVisible(not self._rows)
