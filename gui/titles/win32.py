"""The titles of windows on Windows, and which do not answer."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

from gui.titles.facts import ProcessWindows, SeenWindow, gather
from gui.user32 import load_user32, process_of, top_level_windows

_TITLE_LENGTH = 512


class Win32Titles:
    """Used in the thread that looks."""

    def __init__(self, user32: Any = None) -> None:
        self._user32 = user32 or load_user32()
        self._hung_behind = getattr(self._user32, "HungWindowFromGhostWindow", None)

    def look(self) -> Mapping[int, ProcessWindows]:
        """See LookAtWindows."""
        windows = top_level_windows(self._user32)
        return gather(self._seen(each) for each in windows if self._user32.IsWindowVisible(each))

    def _seen(self, window: int) -> SeenWindow:
        """Return the facts of a window; of the one behind it, if it is a ghost.

        Windows lays a ghost over a window that does not answer: it belongs to dwm.exe, and its
        title says “(Not Responding)” in the user's language.
        """
        hung = self._hung_behind(window) if self._hung_behind else None
        title = ctypes.create_unicode_buffer(_TITLE_LENGTH)
        self._user32.InternalGetWindowText(hung or window, title, _TITLE_LENGTH)
        unanswered = bool(hung) or bool(self._user32.IsHungAppWindow(window))
        return SeenWindow(process_of(self._user32, hung or window), title.value, unanswered)
