"""An X server of a test's own, without a window manager, and a program with a window in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_ubyte, c_uint32, c_void_p
from dataclasses import dataclass
from shutil import which

import pytest

from gui.xserver import XServer

needs_xvfb = pytest.mark.skipif(which("Xvfb") is None, reason="Xvfb is not installed")

_PROGRAM = """
import sys
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication(sys.argv[:1])
window = QLabel("a window")
window.setWindowTitle(sys.argv[1])
window.setGeometry(0, 0, 640, 480)
window.show()
app.processEvents()
print(int(window.winId()), flush=True)
for line in sys.stdin:  # it does not answer the X server while it waits
    window.setWindowTitle(line.rstrip("\\n"))
    app.processEvents()
    app.sync()
    print("done", flush=True)
"""
_XA_WINDOW = 33


class Display:
    """The server; ``manage`` plays the part of the window manager that matters here."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self._process = process
        server = self.connect()
        assert server is not None
        self._server = server

    def connect(self) -> XServer | None:
        """Make another connection."""
        return XServer.connect(self.name)

    def manage(self, *windows: int) -> None:
        """Say that these are the windows of the desk."""
        wire = self._server._wire
        change = wire._xcb.xcb_change_property
        change.argtypes = [c_void_p, c_ubyte, *[c_uint32] * 3, c_ubyte, c_uint32, c_char_p]
        change.restype = c_uint32
        data = b"".join(window.to_bytes(4, sys.byteorder) for window in windows)
        atom = self._server.atom("_NET_CLIENT_LIST")
        facts = (self._server.root, atom, _XA_WINDOW, 32, len(windows), data)
        change(wire._connection, 0, *facts)
        assert len(self._server.properties([self._server.root], "_NET_CLIENT_LIST", 400)) == 1

    def end(self) -> None:
        """End the server; its connections break."""
        self._process.terminate()
        self._process.wait()


@contextmanager
def x_display(size: str = "640x480") -> Iterator[Display]:
    """Run a server on a display that nobody else has."""
    read, write = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-nolisten", "tcp", "-noreset",
         "-screen", "0", f"{size}x24"],
        pass_fds=(write,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with open(read) as numbers:
            yield Display(f":{int(numbers.readline())}", process)
    finally:
        process.terminate()
        process.wait()


@dataclass
class WindowProgram:
    """A child with a window that covers the screen."""

    process: subprocess.Popen[str]
    window: int

    @property
    def pid(self) -> int:
        return self.process.pid

    def call_it(self, title: str) -> None:
        """Give the window another title."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(title + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def window_program(display: Display, title: str) -> Iterator[WindowProgram]:
    """Run a program with a window of this title; it is there when this returns."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, title],
        env=os.environ | {"DISPLAY": display.name, "QT_QPA_PLATFORM": "xcb"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout is not None
    program = WindowProgram(process, int(process.stdout.readline()))
    try:
        yield program
    finally:
        program.end()
