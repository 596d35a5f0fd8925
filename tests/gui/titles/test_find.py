"""Each session has its way to look at windows, or none."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtGui import QGuiApplication

from gui.titles.facts import no_windows
from gui.titles.find import find_windows


def platform(monkeypatch, name: str) -> None:
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has its own way")
@pytest.mark.parametrize("name", ["wayland", "wayland-egl", "offscreen"])
def test_where_nobody_tells_nothing_is_seen(monkeypatch, name):
    monkeypatch.setenv("DISPLAY", ":4711")  # Xwayland's, in a session of Wayland
    platform(monkeypatch, name)
    assert find_windows() is no_windows
    assert no_windows() == {}


def test_x_is_looked_at_when_it_is_there(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    platform(monkeypatch, "xcb")
    look = find_windows()
    assert look is not no_windows
    assert look() == {}


@pytest.mark.skipif(sys.platform != "win32", reason="drives the Windows API")
def test_windows_are_looked_at_on_windows():
    assert find_windows() is not no_windows
