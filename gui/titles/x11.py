"""The titles of windows on X11.

``_NET_CLIENT_LIST`` of the root window is what the window manager manages, and the place of the
names (EWMH 1.5): https://specifications.freedesktop.org/wm-spec/1.5/
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping

from gui.titles.facts import ProcessWindows, SeenWindow, gather, no_windows
from gui.xserver import Property, XServer

_MOST_WINDOWS = 4096
_TITLE_BYTES = 1024
# https://www.x.org/releases/X11R7.7/doc/xorg-docs/ctext/ctext.html
_UTF8_PART = re.compile(rb"\x1b%G(.*?)(?:\x1b%@|$)", re.DOTALL)
_ESCAPE = re.compile(rb"\x1b[ -/]+[0-~]")


class X11Titles:
    """Owns a connection of its own; opened, and used only, in the thread that looks."""

    def __init__(self, connect: Callable[[], XServer | None] = XServer.connect) -> None:
        self._connect = connect
        self._server: XServer | None = None
        self._tried = False

    def look(self) -> Mapping[int, ProcessWindows]:
        """See LookAtWindows. Three exchanges with the server, whatever the number of windows."""
        if not self._tried:
            self._tried, self._server = True, self._connect()
        return _look(self._server) if self._server else no_windows()


def _look(server: XServer) -> Mapping[int, ProcessWindows]:
    windows = _managed(server)
    names = _names(server, windows)
    pids = server.confirmed_pids(windows)
    pids |= server.claimed_pids([window for window in windows if window not in pids])
    server.forget_events()
    return gather(SeenWindow(pids.get(each, 0), names.get(each, "")) for each in windows)


def _managed(server: XServer) -> list[int]:
    """Return the windows the window manager manages, the oldest first."""
    found = server.properties([server.root], "_NET_CLIENT_LIST", 4 * _MOST_WINDOWS)
    value = found[server.root].value if found else b""
    return [window for (window,) in struct.iter_unpack("=I", value[: len(value) // 4 * 4])]


def _names(server: XServer, windows: list[int]) -> dict[int, str]:
    found = server.properties(windows, "_NET_WM_NAME", _TITLE_BYTES)
    nameless = [window for window in windows if window not in found]
    found |= server.properties(nameless, "WM_NAME", _TITLE_BYTES)
    utf8 = server.atom("UTF8_STRING")
    return {window: _decode(name, utf8) for window, name in found.items()}


def _decode(name: Property, utf8: int) -> str:
    """Other types than UTF8_STRING are STRING, which is Latin-1, and COMPOUND_TEXT.

    The latter is Latin-1 with escape sequences that switch to other encodings: libX11 writes what
    has no older encoding as UTF-8 between two of them (xterm's title with a dash in it, seen under
    openbox). The encodings of East Asia are not followed.
    """
    if name.type == utf8:
        return name.value.decode("utf-8", "replace")
    parts = _UTF8_PART.split(name.value)  # every second one is UTF-8
    return "".join(
        part.decode("utf-8", "replace") if odd % 2 else _ESCAPE.sub(b"", part).decode("latin-1")
        for odd, part in enumerate(parts)
    )
