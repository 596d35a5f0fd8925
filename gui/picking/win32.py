"""The window under the pointer on Windows.

https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-windowfrompoint
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes

from gui.picking.picked import Picked
from gui.user32 import GA_ROOT, load_user32, process_of


class Win32Picker:
    """Asks user32."""

    def __init__(self) -> None:
        self._user32 = load_user32()

    def pick(self) -> Picked | None:
        """See WindowPicker."""
        point = wintypes.POINT()
        if not self._user32.GetCursorPos(ctypes.byref(point)):
            return None
        window = self._user32.GetAncestor(self._user32.WindowFromPoint(point), GA_ROOT)
        pid = process_of(self._user32, window)
        return Picked(pid) if pid else None
