"""What happened: the rows of all captures, the newest on top."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui.captures.group import GroupRow
from gui.captures.item import CaptureItem
from gui.captures.row import CaptureRow
from gui.captures.service import CaptureService
from gui.i18n import tr
from gui.widgets import FaintLabel, rule

if TYPE_CHECKING:
    from dumpengine import Together

_TICK = 500


class CapturesPanel(QWidget):
    """Shows a :class:`CaptureRow` per capture.

    Signals:
        row_added: a new CaptureRow, for whoever connects its wishes.
    """

    row_added = Signal(object)

    def __init__(
        self,
        service: CaptureService,
        elevation_obstacle: Callable[[], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._elevation_obstacle = elevation_obstacle
        self._rows: dict[CaptureItem, CaptureRow] = {}
        self._groups: dict[Together, GroupRow] = {}
        self._opened: CaptureRow | None = None
        self._build_ui()
        self._connect()

    def _build_ui(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.area = QScrollArea(self)
        self.area.setAccessibleName(tr("Captures"))
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._content = QWidget(self.area)
        self._list = QVBoxLayout(self._content)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._list.addWidget(self._build_empty())
        self._list.addStretch(1)
        self.area.setWidget(self._content)
        outer.addWidget(self.area)

    def _build_empty(self) -> QLabel:
        self.empty = FaintLabel(
            tr("No dumps yet. Right-click a process and choose “Dump this process”."), self
        )
        self.empty.setObjectName("noCaptures")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setWordWrap(True)
        line = self.fontMetrics().lineSpacing()
        self.empty.setContentsMargins(line, line, line, line)
        return self.empty

    def _connect(self) -> None:
        self._service.added.connect(self._on_added)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._on_tick)

    def rows(self) -> tuple[CaptureRow, ...]:
        """Return the rows, the oldest first."""
        return tuple(self._rows.values())

    def row_of(self, item: CaptureItem) -> CaptureRow:
        """Return a capture's row."""
        return self._rows[item]

    @Slot(object)
    def _on_added(self, item: CaptureItem) -> None:
        row = CaptureRow(item, self._elevation_obstacle, self._content)
        row.remove_wanted.connect(self.remove)
        row.details_toggled.connect(self._on_details_toggled)
        line = rule(row)
        if (layout := row.layout()) is not None:
            layout.addWidget(line)
        self._rows[item] = row
        self.empty.hide()
        self._place(row)
        self.area.verticalScrollBar().setValue(0)
        self._timer.start()
        self.row_added.emit(row)

    def _place(self, row: CaptureRow) -> None:
        """On top, or among those of its moment."""
        place = row.item.request.place
        if place is None:
            self._list.insertWidget(0, row)
            return
        group = self._groups.get(place.together)
        if group is None:
            group = self._groups[place.together] = GroupRow(self._content)
            group.cancel_wanted.connect(self._service.cancel)
            self._list.insertWidget(0, group)
        group.add(row)

    def _leave(self, row: CaptureRow) -> None:
        place = row.item.request.place
        group = self._groups.get(place.together) if place else None
        if place and group:
            group.drop(row)
            if not group.rows:
                del self._groups[place.together]
                group.hide()
                group.deleteLater()

    @Slot(object)
    def remove(self, item: CaptureItem) -> None:
        """Take an ended capture off the list; its file stays."""
        row = self._rows.pop(item, None)
        if row is not None:
            self._leave(row)
            row.hide()
            row.deleteLater()
        self.empty.setVisible(not self._rows)

    @Slot()
    def remove_ended(self) -> None:
        """Take all ended captures off the list."""
        for item in [item for item in self._rows if item.state.ended]:
            self.remove(item)

    @Slot(object)
    def _on_details_toggled(self, row: CaptureRow) -> None:
        self._opened = row
        QTimer.singleShot(0, self._show_opened)  # once the layout knows the new height

    @Slot()
    def _show_opened(self) -> None:
        if self._opened is not None and self._opened in self._rows.values():
            self.area.ensureWidgetVisible(self._opened)

    @Slot()
    def _on_tick(self) -> None:
        for row in self._rows.values():
            row.tick()
        if not self._service.active():
            self._timer.stop()
