"""Titles on Windows: through a made-up user32.dll, and through the real one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from gui.titles import win32
from gui.titles.facts import ProcessWindows
from gui.titles.win32 import Win32Titles
from tests.support.windows import needs_windows


class FakeUser32:
    """Windows as (pid, title, visible, hung); ``ghosts`` are laid over others."""

    def __init__(self, windows: dict[int, tuple[int, str, bool, bool]]) -> None:
        self.windows = windows
        self.ghosts: dict[int, int] = {}

    def IsWindowVisible(self, window: int) -> bool:
        return self.windows[window][2]

    def IsHungAppWindow(self, window: int) -> bool:
        return self.windows[window][3]

    def InternalGetWindowText(self, window: int, text, length: int) -> int:
        text.value = self.windows[window][1][: length - 1]
        return len(text.value)

    def GetWindowThreadProcessId(self, window: int, pid) -> int:
        pid._obj.value = self.windows[window][0]
        return 1


class User32WithGhosts(FakeUser32):
    def HungWindowFromGhostWindow(self, window: int) -> int | None:
        return self.ghosts.get(window)


@pytest.fixture
def listed(monkeypatch) -> None:
    monkeypatch.setattr(win32, "top_level_windows", lambda user32: list(user32.windows))


@pytest.mark.usefixtures("listed")
def test_visible_windows_count():
    user32 = FakeUser32({1: (101, "shown", True, False), 2: (102, "hidden", False, True)})
    assert Win32Titles(user32).look() == {101: ProcessWindows(("shown",))}


@pytest.mark.usefixtures("listed")
def test_a_ghost_is_the_window_behind_it():
    user32 = User32WithGhosts(
        {1: (9, "Till 3 (Keine Rückmeldung)", True, False), 2: (101, "Till 3", True, False)}
    )
    user32.ghosts = {1: 2}
    assert Win32Titles(user32).look() == {101: ProcessWindows(("Till 3",), hung=True)}


_PROGRAM = """
import ctypes, sys
user32 = ctypes.WinDLL("user32")
user32.CreateWindowExW.restype = ctypes.c_void_p
SHOWN = 0x10CF0000
window = user32.CreateWindowExW(
    0, ctypes.c_wchar_p("Static"), ctypes.c_wchar_p("Kasse 3 \\u2013 \\u00dcbersicht"), SHOWN,
    0, 0, 200, 100, None, None, None, None)
message = ctypes.create_string_buffer(64)
while user32.PeekMessageW(message, None, 0, 0, 1):
    user32.DispatchMessageW(message)
print(bool(window), flush=True)
sys.stdin.readline()  # fetches no messages any more
"""


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    yield process
    process.kill()
    process.communicate()


@needs_windows
def test_a_real_window_that_stops_to_answer(program: subprocess.Popen[str]):
    """The system waits for five seconds before it says so."""
    looking = Win32Titles()
    title = ("Kasse 3 – Übersicht",)
    assert looking.look()[program.pid] == ProcessWindows(title)
    while not looking.look()[program.pid].hung:
        time.sleep(0.2)
    assert looking.look()[program.pid] == ProcessWindows(title, hung=True)
    program.kill()
    program.wait()
    assert program.pid not in looking.look()
