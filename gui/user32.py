"""The functions of user32.dll that tell of windows, declared once.

None of them sends a message: a program that does not answer cannot hold us up.
https://learn.microsoft.com/windows/win32/api/winuser/
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_int, wintypes
from typing import Any

GA_ROOT = 2
_HWND, _BOOL, _DWORD = wintypes.HWND, wintypes.BOOL, wintypes.DWORD

_DECLARED: dict[str, tuple[Any, list[Any]]] = {
    "GetCursorPos": (_BOOL, [POINTER(wintypes.POINT)]),
    "WindowFromPoint": (_HWND, [wintypes.POINT]),
    "GetAncestor": (_HWND, [_HWND, wintypes.UINT]),
    "GetWindowThreadProcessId": (_DWORD, [_HWND, POINTER(_DWORD)]),
    "EnumWindows": (_BOOL, [ctypes.c_void_p, wintypes.LPARAM]),
    "IsWindowVisible": (_BOOL, [_HWND]),
    "IsHungAppWindow": (_BOOL, [_HWND]),
    # Unlike GetWindowText, which asks the program for the text of a window of its own kind.
    "InternalGetWindowText": (c_int, [_HWND, wintypes.LPWSTR, c_int]),
    # Not in the SDK's headers, but exported by name since Windows Vista; Wine lacks it.
    "HungWindowFromGhostWindow": (_HWND, [_HWND]),
}


def load_user32() -> Any:
    """Return the DLL, declared."""
    user32 = ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined]
    for name, (result, arguments) in _DECLARED.items():
        function = getattr(user32, name, None)
        if function is not None:
            function.restype, function.argtypes = result, arguments
    return user32


def process_of(user32: Any, window: int | None) -> int:
    """Return the process id of a window, 0 when there is none."""
    pid = wintypes.DWORD()
    user32.GetWindowThreadProcessId(window, ctypes.byref(pid))
    return pid.value


def top_level_windows(user32: Any) -> list[int]:
    """Return the windows of this desktop, shown or not, the topmost first."""
    found: list[int] = []
    kind = ctypes.WINFUNCTYPE(_BOOL, _HWND, wintypes.LPARAM)  # type: ignore[attr-defined,unused-ignore]

    def take(window: int, _parameter: int) -> bool:
        found.append(window)
        return True

    user32.EnumWindows(kind(take), 0)
    return found
