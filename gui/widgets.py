"""Small widgets used in more than one place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from gui import theme
from gui.plain import PlainLabel, set_tip


def bring_to_front(window: QWidget) -> None:
    """Show a window, whatever was made of it, before all others."""
    window.showNormal() if window.isMinimized() else window.show()
    window.raise_()
    window.activateWindow()


class FaintLabel(PlainLabel):
    """Secondary text; follows the palette."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        theme.faint(self)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            theme.faint(self)


class ElidedLabel(PlainLabel):
    """One line that ends in “…” where there is no room; the whole text is its tooltip."""

    def __init__(
        self,
        parent: QWidget | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        secondary: bool = True,
    ) -> None:
        super().__init__("", parent)
        self._mode = mode
        self._secondary = secondary
        if secondary:
            theme.faint(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._show_tooltip()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 6, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 4, super().sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        painter.setPen(self.palette().color(group, QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_tooltip()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._secondary:
            theme.faint(self)

    def _show_tooltip(self) -> None:
        fits = self.fontMetrics().horizontalAdvance(self.text()) <= self.width()
        set_tip(self, "" if fits else self.text())


def rule(parent: QWidget | None = None) -> QFrame:
    """Return a thin horizontal line."""
    line = QFrame(parent)
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Plain)
    line.setForegroundRole(QPalette.ColorRole.Mid)
    return line


def icon_button(name: str, text: str, parent: QWidget, show_text: bool = False) -> QToolButton:
    """Return a flat button with an icon, a tooltip and a name for assistive technology."""
    button = QToolButton(parent)
    button.setIcon(theme.icon(name))
    button.setProperty("icon_name", name)
    button.setText(text)
    set_tip(button, text)
    button.setAccessibleName(text)
    button.setAutoRaise(True)
    style = Qt.ToolButtonStyle
    button.setToolButtonStyle(
        style.ToolButtonTextBesideIcon if show_text else style.ToolButtonIconOnly
    )
    return button


class ButtonRow(QWidget):
    """Flat buttons side by side, with their texts where there is room, else as icons alone.

    ``rest`` stands at the right end.
    """

    def __init__(
        self, buttons: Sequence[QToolButton], parent: QWidget, rest: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._buttons = tuple(buttons)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        for button in self._buttons:
            self._row.addWidget(button)
        if rest is not None:
            self._row.addStretch(1)
            self._row.addWidget(rest)
        self._show_texts(False)
        self._least = self._row.minimumSize().width()
        self._show_texts(True)
        self._most = self._row.sizeHint().width()

    def sizeHint(self) -> QSize:
        return QSize(self._most, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._least, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_texts(True)
        if self._row.sizeHint().width() > self.width():
            self._show_texts(False)

    def _show_texts(self, shown: bool) -> None:
        style = Qt.ToolButtonStyle
        for button in self._buttons:
            button.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if shown else style.ToolButtonIconOnly
            )
        self._row.invalidate()


def refresh_icons(root: QWidget) -> None:
    """Draw the icons of all buttons below ``root`` in the colours of a changed palette."""
    for button in root.findChildren(QToolButton):
        if name := button.property("icon_name"):
            button.setIcon(theme.icon(str(name)))


def tool_button(action: QAction, parent: QWidget) -> QToolButton:
    """Return a flat button for ``action``, with its icon and words."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setAccessibleName(action.text().replace("&", ""))
    button.setAutoRaise(True)
    return button
