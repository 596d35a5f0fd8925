"""Chooses the way of this session."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from dumpengine import ON_WINDOWS
from gui.titles.facts import LookAtWindows, no_windows


def find_windows() -> LookAtWindows:
    """Return how windows are looked at here; on Wayland, which does not tell, nothing is seen.

    The first look opens what it needs, in the thread it is made in.
    """
    if QGuiApplication.platformName() == "xcb":
        from gui.titles.x11 import X11Titles

        return X11Titles().look
    if ON_WINDOWS:
        from gui.titles.win32 import Win32Titles

        return Win32Titles().look
    return no_windows
