"""Chooses the way of this session."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtGui import QGuiApplication

from gui.i18n import tr


@dataclass(frozen=True, slots=True)
class Picked:
    """The process of a window. ``note`` says how far the answer can be trusted; may be empty."""

    pid: int
    note: str = ""


class WindowPicker(Protocol):
    """Tells the process of the window under the pointer."""

    def pick(self) -> Picked | None:
        """Return None when no window is there or it does not tell."""
        ...


def find_picker() -> tuple[WindowPicker | None, str]:
    """Return the picker of this session, or None and the reason in a sentence."""
    platform = QGuiApplication.platformName()
    if platform == "xcb":
        from gui.picking.x11 import X11Picker

        return X11Picker.make()
    if sys.platform == "win32":
        from gui.picking.win32 import Win32Picker

        return Win32Picker(), ""
    if platform.startswith("wayland"):
        return None, tr("Wayland does not tell programs which window is under the pointer.")
    return None, tr("This session has no windows to point at.")
