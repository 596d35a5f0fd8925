"""A notification comes when the user looks elsewhere, and its icon goes when the user is back."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from gui import notifier
from gui.notifier import Notifier


class Icon(QSystemTrayIcon):
    """Records instead of asking the desktop."""

    shown: list[tuple[str, str]]

    @staticmethod
    def isSystemTrayAvailable() -> bool:
        return True

    def showMessage(self, title, sentence, _kind) -> None:
        self.shown.append((title, sentence))


@pytest.fixture
def shown(monkeypatch) -> list[tuple[str, str]]:
    Icon.shown = []
    monkeypatch.setattr(notifier, "QSystemTrayIcon", Icon)
    return Icon.shown


@pytest.fixture
def window(qtbot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def come_to_the_front(qtbot, window: QWidget) -> None:
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)


def test_it_comes_while_the_user_looks_elsewhere(qtbot, shown, window):
    told = Notifier(window)
    told.tell("web is dumped", "2 MB", failed=False)
    assert shown == [("web is dumped", "2 MB")]
    assert told.findChild(Icon).isVisible()
    come_to_the_front(qtbot, window)
    qtbot.waitUntil(lambda: not told.findChild(Icon).isVisible())


def test_nothing_comes_while_the_user_looks_on(qtbot, shown, window):
    come_to_the_front(qtbot, window)
    Notifier(window).tell("web is dumped", "2 MB", failed=False)
    assert shown == []
