"""The window under the pointer on X11.

The server tells the process of a window's client; what a client says of itself is asked only where
the server does not know.
"""

from __future__ import annotations

from gui.i18n import tr
from gui.picking.picked import Picked, WindowPicker
from gui.xserver import XServer

_DEPTH = 32


class X11Picker:
    """Owns a connection of its own to the display; main thread."""

    def __init__(self, server: XServer) -> None:
        self._server = server

    @classmethod
    def make(cls) -> tuple[WindowPicker | None, str]:
        """Connect; returns None and the reason when that cannot be done."""
        server = XServer.connect()
        if server is None:
            return None, tr("There is no connection to the X server.")
        return cls(server), ""

    def pick(self) -> Picked | None:
        """See WindowPicker."""
        window = self._window_under_pointer()
        self._server.forget_events()
        if not window:
            return None
        if pid := self._server.confirmed_pids([window]).get(window):
            return Picked(pid)
        if pid := self._server.claimed_pids([window]).get(window):
            note = tr("The program itself says so (_NET_WM_PID); the X server could not confirm.")
            return Picked(pid, note)
        return None

    def _window_under_pointer(self) -> int:
        """Follow the pointer down to the innermost window, past the window manager's frame."""
        window, found = self._server.root, 0
        for _ in range(_DEPTH):
            child = self._server.child_under_pointer(window)
            if not child:
                break
            window = child
            if self._server.claimed_pids([window]):
                return window
            found = window
        return found
