"""A small curve of what was read of a process, with the threshold as a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.captures.curve import top_of
from gui.i18n import tr

_POINTS = 300
_ROOM = 1.25  # the axis ends so far above the highest of values and threshold


class LevelCurve(QWidget):
    """Draws values over time from 0 up, and the threshold that they must reach.

    ``words`` says a value with its unit.

    Signals:
        threshold_moved: the user dragged the threshold to this value.
    """

    threshold_moved = Signal(object)

    def __init__(
        self,
        words: Callable[[float], str],
        parent: QWidget | None = None,
        *,
        can_drag: bool = False,
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._values: list[float] = []
        self._threshold = 0.0
        self._can_drag = can_drag
        self.setAccessibleName(tr("The last minutes, and the threshold"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if can_drag:
            self.setCursor(Qt.CursorShape.SizeVerCursor)

    def show_values(self, values: Sequence[float], threshold: float) -> None:
        """Draw these values, the newest last."""
        self._values = list(values)[-_POINTS:]
        self._threshold = threshold
        self.setAccessibleDescription(self._caption())
        self.update()

    def _caption(self) -> str:
        now = self._words(self._values[-1]) if self._values else tr("nothing yet")
        return tr("{now} now, dumped at {threshold}").format(
            now=now, threshold=self._words(self._threshold)
        )

    def sizeHint(self) -> QSize:
        unit = self.fontMetrics().height()
        return QSize(unit * 16, unit * 3)

    @property
    def _top(self) -> float:
        return top_of(max([*self._values, self._threshold, 1.0]) * _ROOM)

    def _area(self) -> QRectF:
        return QRectF(self.rect()).adjusted(1, 2, -1, -2)

    # -- Qt overrides ----------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._can_drag:
            area = self._area()
            share = (area.bottom() - event.position().y()) / area.height()
            self.threshold_moved.emit(self._top * min(max(share, 0.01), 1.0))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.palette().base())
        if len(self._values) > 1:
            self._paint_values(painter, self._area())
        self._paint_threshold(painter, self._area())

    def _paint_values(self, painter: QPainter, area: QRectF) -> None:
        step = area.width() / (len(self._values) - 1)
        line = [
            QPointF(area.left() + number * step, self._height(value, area))
            for number, value in enumerate(self._values)
        ]
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        fill = accent.toRgb()
        fill.setAlphaF(0.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([area.bottomLeft(), *line, area.bottomRight()]))
        painter.setPen(QPen(accent, 1.5))
        painter.drawPolyline(QPolygonF(line))

    def _paint_threshold(self, painter: QPainter, area: QRectF) -> None:
        height = self._height(self._threshold, area)
        text = self.palette().color(QPalette.ColorRole.Text)
        painter.setPen(QPen(text, 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(area.left(), height), QPointF(area.right(), height))
        painter.setPen(text)
        side = Qt.AlignmentFlag
        below = height < area.top() + self.fontMetrics().height()
        top = height if below else height - self.fontMetrics().height()
        box = QRectF(area.left() + 4, top, area.width() - 8, self.fontMetrics().height())
        painter.drawText(box, side.AlignRight, self._words(self._threshold))

    def _height(self, value: float, area: QRectF) -> float:
        return area.bottom() - min(value / self._top, 1.0) * area.height()
