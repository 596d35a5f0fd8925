"""Mouse and keyboard on a desktop with a window manager, as people have one."""

from __future__ import annotations

import queue
import subprocess
import threading
import time

import pytest

from tests.support.desktop import PYTHON, Desktop, desktop, needs_desktop
from tests.support.x_display import window_program

pytestmark = [needs_desktop, pytest.mark.live]


class Told:
    """What the window says, line by line."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self._lines: queue.Queue[str] = queue.Queue()
        self._stream = program.stdout
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._stream:
            self._lines.put(line.strip())

    def await_line(self, start: str, seconds: float = 20.0) -> str:
        """Return the next line that starts so; fails when none comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            if line.startswith(start):
                return line

    def forget(self) -> None:
        """Only what is said from now on counts."""
        while not self._lines.empty():
            self._lines.get()


@pytest.fixture
def desk(tmp_path):
    with desktop(tmp_path) as made:
        yield made


def start(desk: Desktop, width: int = 1000, height: int = 640) -> tuple[Told, int]:
    """Start the window, put it at the upper left, and wait for its list."""
    told = Told(desk.start(PYTHON, "-m", "tests.support.told_window"))
    window = desk.window("DumpDesk")
    desk.do("windowsize", "--sync", window, width, height)
    desk.do("windowmove", window, 0, 0)
    told.await_line("listed", 30)
    desk.do("windowactivate", "--sync", window)
    return told, window


@pytest.mark.parametrize("menu", [(200, 200, 3), (20, 9, 1)], ids=["context", "bar"])
def test_the_list_goes_on_after_a_menu_was_closed_by_a_click_outside(desk, menu):
    told, _ = start(desk)
    desk.click(*menu)
    desk.click(1200, 750)
    time.sleep(1)
    told.forget()
    for _ in range(2):
        told.await_line("listed")
    told.forget()
    desk.do("key", "F5")
    told.await_line("listed", 2.5)


def test_the_list_stands_still_while_a_menu_is_open(desk):
    told, _ = start(desk)
    desk.click(200, 200, button=3)
    time.sleep(0.5)
    told.forget()
    with pytest.raises(queue.Empty):
        told.await_line("listed", 5)
    desk.do("key", "Escape")
    told.await_line("listed")


def test_the_crosshair_finds_the_process_of_a_window(desk):
    told, window = start(desk)
    with window_program(desk.display, "somebody else's") as other:
        desk.do("windowactivate", "--sync", window)
        for _ in range(3):  # a second use works as the first
            desk.do("windowactivate", "--sync", window)
            desk.do("windowmove", other.window, 1010, 100)
            told.forget()
            desk.do("key", "ctrl+w")
            time.sleep(0.5)
            desk.click(1150, 400)
            assert told.await_line("selected") == f"selected {other.pid}"
