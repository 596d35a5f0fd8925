"""What the desktop does for us: show a folder, hold text to paste, tell the user something."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from gui.notifier import Notifier


class Desktop:
    """Tests replace it."""

    def __init__(self) -> None:
        self._notifier: Notifier | None = None

    def open_folder(self, folder: Path) -> bool:
        """Show a folder in the system's file manager."""
        return QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def start(self, command: list[str]) -> bool:
        """Start a program that outlives the window."""
        started, _pid = QProcess.startDetached(command[0], command[1:])
        return bool(started)

    def copy(self, text: str) -> None:
        """Put text on the clipboard."""
        QGuiApplication.clipboard().setText(text)

    def notify(self, window: QWidget, title: str, sentence: str, failed: bool) -> None:
        """Tell of something that has ended, unless the user looks at us."""
        from gui.notifier import Notifier

        self._notifier = self._notifier or Notifier(window)
        self._notifier.tell(title, sentence, failed)
