"""Tells of a capture that ended while the user looks elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from gui import theme
from gui.plain import notice, set_tip
from gui.widgets import bring_to_front


class Notifier(QObject):
    """Shows the desktop's own notifications, through an icon that is there only meanwhile.

    Where the desktop has no place for such icons, the window asks for attention in the task bar.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._icon: QSystemTrayIcon | None = None

    def tell(self, title: str, sentence: str, failed: bool) -> None:
        """Show a notification, unless the window has the user's attention anyway."""
        if QApplication.activeWindow() is not None:
            return
        QApplication.alert(self._window)
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._show(title, sentence, failed)

    def _show(self, title: str, sentence: str, failed: bool) -> None:
        icon = self._icon or self._make_icon()
        icon.show()
        kind = QSystemTrayIcon.MessageIcon
        icon.showMessage(
            notice(title), notice(sentence), kind.Warning if failed else kind.Information
        )

    def _make_icon(self) -> QSystemTrayIcon:
        icon = QSystemTrayIcon(theme.app_icon(), self)
        set_tip(icon, "DumpDesk")
        icon.messageClicked.connect(self._on_clicked)
        icon.activated.connect(self._on_clicked)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusWindowChanged.connect(self._on_focus_changed)
        self._icon = icon
        return icon

    @Slot()
    def _on_clicked(self) -> None:
        bring_to_front(self._window)

    @Slot(QWindow)
    def _on_focus_changed(self, window: QWindow | None) -> None:
        """The user has come back: the icon has done its work."""
        if self._icon and window is not None:
            self._icon.hide()
