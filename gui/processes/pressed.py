"""Whether a mouse button is held down in the list: rows must not move under a drag.

``QApplication.mouseButtons()`` cannot be asked: it keeps a button for ever whose release went to
another program, as that of the click beside the window that closes a menu does.
"""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractScrollArea

_PATIENCE = 5.0  # seconds without any movement after which a release must have been lost
_PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
_ENDS = (QEvent.Type.MouseButtonRelease, QEvent.Type.WindowDeactivate, QEvent.Type.Hide)


class PressWatch(QObject):
    """Follows the mouse in some widgets. Main thread."""

    def __init__(self, *areas: QAbstractScrollArea) -> None:
        super().__init__(areas[0])
        self._since = 0.0
        for area in areas:
            for widget in (area.viewport(), area.verticalScrollBar(), area.horizontalScrollBar()):
                widget.installEventFilter(self)

    @property
    def pressed(self) -> bool:
        """Whether a button is down; a button that nobody moves is let go of after a while."""
        return bool(self._since) and monotonic() - self._since < _PATIENCE

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _PRESSES:
            self._since = monotonic()
        elif kind in _ENDS:
            self._since = 0.0
        elif kind is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            down = event.buttons() != Qt.MouseButton.NoButton
            self._since = monotonic() if self._since and down else 0.0
        return False
