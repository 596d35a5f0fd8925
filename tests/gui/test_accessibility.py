"""Everything one can reach with the keyboard has a name for assistive technology."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QScrollBar, QTabBar, QWidget

from gui.actions import Actions
from gui.processes.details import ProcessDetails
from gui.settings_dialog import SettingsDialog

_PARTS = (QScrollBar, QTabBar)  # parts of controls that have names themselves


def unnamed(window: QWidget) -> list[str]:
    found = []
    for widget in window.findChildren(QWidget):
        if widget.focusPolicy() is Qt.FocusPolicy.NoFocus or isinstance(widget, _PARTS):
            continue
        if not widget.isVisibleTo(window) or widget.objectName().startswith("qt_"):
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        name = interface.text(QAccessible.Text.Name) if interface else ""
        if not (name or widget.accessibleName() or isinstance(widget, QLabel)):
            found.append(f"{type(widget).__name__} {widget.objectName()}")
    return found


def test_the_main_window(desk):
    row = desk.dump(4711)
    row.toggle_details()
    for section in desk.window.dumping.options.flags.sections.values():
        section.set_opened(True)
    assert unnamed(desk.window) == []
    desk.finish(row)
    assert unnamed(row) == []
    desk.window.actions_.show_history.trigger()
    assert unnamed(desk.window) == []


def test_settings_and_details(desk, qtbot):
    dialog = SettingsDialog(desk.settings, desk.window)
    dialog.show()
    assert unnamed(dialog) == []
    dialog.close()
    desk.select(4711)
    desk.window.actions_.details.trigger()
    details = desk.window.findChild(ProcessDetails)
    assert unnamed(details) == []
    details.close()


def test_no_two_actions_share_a_shortcut(desk):
    shortcuts = {}
    for name in Actions.__slots__:
        keys = getattr(desk.window.actions_, name).shortcut().toString()
        if keys:
            assert keys not in shortcuts, f"{name} and {shortcuts[keys]}: {keys}"
            shortcuts[keys] = name
    assert "Del" not in shortcuts


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_does_nothing(desk, key):
    desk.select(4711)
    before = desk.window.processes.status.text()
    desk.bot.keyClick(desk.window.processes.view, key)
    assert desk.window.processes.status.text() == before
    assert desk.dialogs.questions == []
    assert desk.engine.captures == []
