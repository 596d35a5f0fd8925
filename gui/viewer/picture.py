"""The memory as a picture: areas by address, as wide as they are large, coloured by kind."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import format as words
from gui import theme
from gui.i18n import tr
from gui.viewer.kinds import Area, Kind

_LEAST = 1.0


def kind_colour(kind: Kind) -> QColor:
    """Return the colour of a kind; the legend names it."""
    return QColor(theme.SERIES[list(Kind).index(kind) % len(theme.SERIES)])


class MemoryPicture(QWidget):
    """Draws areas side by side; the part of each that the dump holds is filled.

    Signals:
        area_chosen: an Area was clicked or reached with the arrow keys.
    """

    area_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._areas: tuple[Area, ...] = ()
        self._edges: list[float] = []
        self._current = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Picture of the memory"))

    def show_areas(self, areas: tuple[Area, ...]) -> None:
        """Draw these, without the kernel's own pages."""
        self._areas = tuple(area for area in areas if area.size)
        self._current = -1
        self._measure()
        self.update()

    def choose(self, area: Area) -> None:
        """Mark an area."""
        if area in self._areas:
            self._current = self._areas.index(area)
            self.setAccessibleDescription(describe_area(area))
            self.update()

    def area_at(self, x: float) -> Area | None:
        """Return what is drawn at ``x``."""
        place = bisect_right(self._edges, x) - 1
        return self._areas[place] if 0 <= place < len(self._areas) else None

    def _measure(self) -> None:
        """Place the areas: the square root keeps the small ones visible beside the large."""
        weights = [max(area.held, 4096) ** 0.5 for area in self._areas]
        room = self.width() - _LEAST * len(weights)
        scale = max(room, 0) / (sum(weights) or 1)
        self._edges, at = [], 0.0
        for weight in weights:
            self._edges.append(at)
            at += _LEAST + weight * scale

    def sizeHint(self) -> QSize:
        unit = self.fontMetrics().height()
        return QSize(unit * 40, unit * 4)

    def resizeEvent(self, _event: object) -> None:
        self._measure()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        ends = [*self._edges[1:], float(self.width())]
        for number, area in enumerate(self._areas):
            box = QRectF(self._edges[number], 0, ends[number] - self._edges[number], self.height())
            self._paint_area(painter, box, area)
        if 0 <= self._current < len(self._areas):
            self._paint_current(painter, self._edges[self._current], ends[self._current])
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_area(self, painter: QPainter, box: QRectF, area: Area) -> None:
        colour = kind_colour(area.kind)
        pale = QColor(colour)
        pale.setAlphaF(0.18)
        painter.fillRect(box, pale)
        share = area.held / area.size
        full = QRectF(box.left(), box.bottom() - box.height() * share, box.width(), box.height())
        painter.fillRect(full.intersected(box), colour)

    def _paint_current(self, painter: QPainter, left: float, right: float) -> None:
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawRect(QRectF(left, 1, max(right - left, 3), self.height() - 3))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose_and_tell(self.area_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._areas:
            super().keyPressEvent(event)
            return
        place = min(max(self._current + step, 0), len(self._areas) - 1)
        self._choose_and_tell(self._areas[place])

    def _choose_and_tell(self, area: Area | None) -> None:
        if area is not None:
            self.choose(area)
            self.area_chosen.emit(area)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            area = self.area_at(event.pos().x())
            place: QPoint = event.globalPos()
            QToolTip.showText(place, describe_area(area) if area else "", self)
            return True
        return super().event(event)


def describe_area(area: Area) -> str:
    """Return an area in words."""
    held = tr("all of it in the dump") if area.held >= area.size else ""
    if area.held < area.size:
        held = tr("{size} of it in the dump").format(size=words.size(area.held))
    parts = [area.kind.title, area.name, words.size(area.size), area.protection, held]
    place = f"0x{area.start:x} – 0x{area.end:x}"
    return " · ".join([place, *(part for part in parts if part)])
