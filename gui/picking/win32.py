"""The window under the pointer on Windows.

https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-windowfrompoint
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes

from gui.picking.picker import Picked

_GA_ROOT = 2


class Win32Picker:
    """Asks user32; declared here alone."""

    def __init__(self) -> None:
        user32 = ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined]
        user32.GetCursorPos.argtypes = [ctypes.POINTER(wintypes.POINT)]
        user32.GetCursorPos.restype = wintypes.BOOL
        user32.WindowFromPoint.argtypes = [wintypes.POINT]
        user32.WindowFromPoint.restype = wintypes.HWND
        user32.GetAncestor.argtypes = [wintypes.HWND, wintypes.UINT]
        user32.GetAncestor.restype = wintypes.HWND
        user32.GetWindowThreadProcessId.argtypes = [
            wintypes.HWND,
            ctypes.POINTER(wintypes.DWORD),
        ]
        user32.GetWindowThreadProcessId.restype = wintypes.DWORD
        self._user32 = user32

    def pick(self) -> Picked | None:
        """See WindowPicker."""
        point = wintypes.POINT()
        if not self._user32.GetCursorPos(ctypes.byref(point)):
            return None
        window = self._user32.GetAncestor(self._user32.WindowFromPoint(point), _GA_ROOT)
        pid = wintypes.DWORD()
        self._user32.GetWindowThreadProcessId(window, ctypes.byref(pid))
        return Picked(pid.value) if pid.value else None
