"""The real window on a screen of its own with a window manager: mouse and keyboard only.

``dumpdesk`` runs as a person starts it, under Xvfb and openbox, and xdotool does what hands do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest

from tests.support.children import wait_until
from tests.support.x_display import Display, x_display

needs_desktop = pytest.mark.skipif(
    not all(map(which, ("Xvfb", "openbox", "xdotool"))), reason="no window manager is installed"
)


class Desktop:
    """A screen with a window manager."""

    def __init__(self, display: Display, folder: Path) -> None:
        self.display = display
        self.folder = folder
        self._running: list[subprocess.Popen[str]] = []

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DISPLAY": self.display.name,
            "QT_QPA_PLATFORM": "xcb",
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_RUNTIME_DIR": str(self.folder),
        }

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Run a program on this screen until the end."""
        program = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._running.append(program)
        return program

    def do(self, *words: object) -> str:
        """Have xdotool do this; returns what it prints."""
        done = subprocess.run(
            ["xdotool", *map(str, words)], env=self.environment, capture_output=True, text=True
        )
        return done.stdout.strip()

    def window(self, title: str) -> int:
        """Wait for a window whose title matches; returns its id."""
        found = ""

        def there() -> bool:
            nonlocal found
            found = self.do("search", "--onlyvisible", "--name", title).split("\n")[0]
            return bool(found)

        wait_until(there, 30)
        return int(found)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Move there and click, as slowly as a hand."""
        self.do("mousemove", x, y)
        time.sleep(0.2)
        self.do("click", button)
        time.sleep(0.2)

    def end(self) -> None:
        for program in reversed(self._running):
            program.kill()
            program.communicate()


@contextmanager
def desktop(folder: Path, size: str = "1280x800") -> Iterator[Desktop]:
    """Run a screen with a window manager."""
    with x_display(size) as display:
        made = Desktop(display, folder)
        made.start("openbox")
        time.sleep(0.5)
        try:
            yield made
        finally:
            made.end()


PYTHON = sys.executable
