"""Chooses the way of this session."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from dumpengine import ON_WINDOWS
from gui.i18n import tr
from gui.picking.picked import WindowPicker


def find_picker() -> tuple[WindowPicker | None, str]:
    """Return the picker of this session, or None and the reason in a sentence."""
    platform = QGuiApplication.platformName()
    if platform == "xcb":
        from gui.picking.x11 import X11Picker

        return X11Picker.make()
    if ON_WINDOWS:
        from gui.picking.win32 import Win32Picker

        return Win32Picker(), ""
    if platform.startswith("wayland"):
        return None, tr("Wayland does not tell programs which window is under the pointer.")
    return None, tr("This session has no windows to point at.")
