"""A small curve of how fast a capture goes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import floor, log10

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import format as words
from gui.i18n import tr
from gui.plain import set_tip

_POINTS = 120


def rates(samples: Sequence[tuple[float, int]]) -> list[float]:
    """Return bytes per second between neighbouring samples (time, bytes), at most 120 values."""
    step = max(1, len(samples) // _POINTS)
    chosen = list(samples[::step])
    return [(b - a) / (t - s) for (s, a), (t, b) in pairwise(chosen) if t > s]


def top_of(highest: float) -> float:
    """Return the upper end of the axis: 1, 2 or 5 times a power of ten, so that it seldom moves."""
    power = 10.0 ** floor(log10(highest)) if highest > 0 else 1.0
    return next((step * power for step in (1, 2, 5) if step * power >= highest), 10 * power)


class ThroughputCurve(QWidget):
    """Draws rates over time from 0 to a round number, which is written at the top of its axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: list[float] = []
        self.setAccessibleName(tr("Throughput"))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)

    def show_samples(self, samples: Sequence[tuple[float, int]]) -> None:
        """Draw these samples of (seconds, bytes done)."""
        self._rates = rates(samples)
        text = self._caption()
        self.setAccessibleDescription(text)
        set_tip(self, text)
        self.update()

    def _caption(self) -> str:
        if not self._rates:
            return tr("No throughput measured yet")
        return tr("up to {rate}").format(rate=words.rate(max(self._rates)))

    def sizeHint(self) -> QSize:
        unit = self.fontMetrics().height()
        return QSize(unit * 14, unit * 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.base())
        line = self.fontMetrics().height()
        area = QRectF(self.rect()).adjusted(1, line + 4, -1, -2)
        if len(self._rates) > 1:
            self._paint_curve(painter, area)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        box = self.rect().adjusted(6, 3, -6, -3)
        side = Qt.AlignmentFlag
        painter.drawText(box, side.AlignTop | side.AlignLeft, self._caption())
        if len(self._rates) > 1:
            scale = words.rate(top_of(max(self._rates)))
            painter.drawText(box, side.AlignTop | side.AlignRight, scale)
            painter.drawText(box, side.AlignBottom | side.AlignRight, "0")

    def _paint_curve(self, painter: QPainter, area: QRectF) -> None:
        top = top_of(max(self._rates))
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Mid), 1.0))
        for height in (area.top(), area.center().y(), area.bottom()):
            painter.drawLine(QPointF(area.left(), height), QPointF(area.right(), height))
        step = area.width() / (len(self._rates) - 1)
        line = [
            QPointF(area.left() + i * step, area.bottom() - rate / top * area.height())
            for i, rate in enumerate(self._rates)
        ]
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        fill = accent.toRgb()
        fill.setAlphaF(0.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([area.bottomLeft(), *line, area.bottomRight()]))
        painter.setPen(QPen(accent, 1.5))
        painter.drawPolyline(QPolygonF(line))
