"""Is there a display server to open a window on? Qt would abort where there is none."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

from devtools.system import ON_LINUX

_TIMEOUT = 2.0  # seconds; a display over the network (ssh -X) answers sooner


def has_screen() -> bool:
    """Whether a window can open: always but on Linux without a display server that answers."""
    if not ON_LINUX or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return _wayland_answers() or _x11_answers(os.environ.get("DISPLAY", ""))


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY")
    return bool(name) and _connects(str(Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / str(name)))


def _x11_answers(display: str) -> bool:
    """Try the server ``host:number.screen`` names; without a host it is on this machine."""
    match = re.fullmatch(r"([^:/]*):(\d+)(?:\.\d+)?", display)
    if match is None:
        return False
    host, number = match[1], int(match[2])
    if host not in ("", "unix"):
        return _connects((host, 6000 + number))
    path = f"/tmp/.X11-unix/X{number}"
    return _connects(path) or _connects("\0" + path)


def _connects(address: str | tuple[str, int]) -> bool:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.settimeout(_TIMEOUT)
        try:
            server.connect(address)
        except OSError:
            return False
    return True
