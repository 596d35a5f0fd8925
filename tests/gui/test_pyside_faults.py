"""The interpreter survives what PySide6 gives away."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget
from gui.pyside_faults import keep_singletons_alive
keep_singletons_alive()
app = QApplication([])
class Source(QObject):
    sounded = Signal()
class Widget(QWidget):
    def changeEvent(self, event):
        super().changeEvent(event)
source, widget = Source(), Widget()
for _ in range(100_000):
    source.sounded.emit()
    QApplication.sendEvent(widget, QEvent(QEvent.Type.FontChange))
print("alive")
"""


def test_a_hundred_thousand_signals():
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "alive\n"), ended.stderr
