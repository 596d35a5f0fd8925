"""The crosshair: hold the mouse, point at a window, let go."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.i18n import tr
from gui.picking.picked import WindowPicker
from gui.plain import PlainLabel


class Crosshair(QWidget):
    """A small window that grabs the pointer until a window was clicked or Esc was pressed.

    Signals:
        picked: a Picked, or None when nothing was found.
        given_up: Esc was pressed.
    """

    picked = Signal(object)
    given_up = Signal()

    def __init__(self, picker: WindowPicker, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Tool | Qt.WindowType.FramelessWindowHint)
        self._picker = picker
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(tr("Point at a window"))
        layout = QVBoxLayout(self)
        layout.addWidget(
            PlainLabel(tr("Click the window whose process you look for. Esc: never mind."))
        )

    def begin(self) -> None:
        """Show the hint; pointer and keyboard are grabbed once it is on the screen.

        A window manager takes its time to show a window, and what is not shown can grab nothing.
        """
        self.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if handle := self.windowHandle():
            handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        handle = self.windowHandle()
        exposed = event.type() is QEvent.Type.Expose and handle and handle.isExposed()
        if exposed and QWidget.mouseGrabber() is not self:
            # The grab has to come after the exposure itself is dealt with.
            QTimer.singleShot(0, self._grab)
        return super().eventFilter(watched, event)

    @Slot()
    def _grab(self) -> None:
        self.grabMouse(Qt.CursorShape.CrossCursor)
        self.grabKeyboard()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        found = self._picker.pick()
        self._end()
        self.picked.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._end()
            self.given_up.emit()

    def _end(self) -> None:
        self.releaseMouse()
        self.releaseKeyboard()
        self.close()
