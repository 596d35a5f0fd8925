"""The longest gap of the window's event loop while a large process is dumped through it.

    python tests/benchmarks/window_gap.py [gibibytes]

A timer of 1 ms notes when it is served; the callback log is open. Printed are the longest gaps
before the capture (the list alone), during it and after it, and how long the capture took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from dumpengine import PRESETS
from gui import settings as options
from gui.collector import MainThreadCollector
from gui.desktop import Desktop
from gui.main_window import MainWindow
from gui.outside import Outside
from gui.pyside_faults import keep_singletons_alive
from gui.services import engine_services
from gui.settings import Settings
from tests.support.gui_fakes import FakeDialogs

PROGRAM = """
import sys, time
memory = bytearray(int(sys.argv[1]))
for i in range(0, len(memory), 4096):
    memory[i] = 1 + i % 251
print("ready", flush=True)
time.sleep(600)
"""


class Pulse(QObject):
    """Notes the longest time between two servings."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(1)
        self._last = time.perf_counter()
        self.longest = 0.0

    @Slot()
    def _beat(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now

    def take(self) -> float:
        """Return the longest gap in milliseconds and begin anew."""
        longest, self.longest = self.longest * 1000, 0.0
        return longest


def run_until(condition, seconds: float) -> None:
    """Run the event loop as app.exec() does until the condition holds or the time is over."""
    end = time.monotonic() + seconds
    app = QApplication.instance()
    timer = QTimer()
    timer.timeout.connect(lambda: app.quit() if condition() or time.monotonic() > end else None)
    timer.start(10)
    app.exec()


def main() -> None:
    """Dump a process through the window and print the gaps."""
    size = int(float(sys.argv[1]) * (1 << 30)) if len(sys.argv) > 1 else 2 << 30
    keep_singletons_alive()
    app = QApplication([])
    app.setQuitOnLastWindowClosed(False)
    collector = MainThreadCollector(app)
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(size)], stdout=subprocess.PIPE, text=True
    )
    child.stdout.readline()
    with tempfile.TemporaryDirectory(prefix="window-gap-") as folder:
        settings = Settings(Path(folder) / "s.ini")
        settings.set(options.FOLDER, folder)
        settings.set(options.ONLY_MINE, False)
        window = MainWindow(Outside(engine_services(), settings, FakeDialogs(), Desktop()))
        window.show()
        window.start()
        run_until(lambda: window.processes.find_process(child.pid) is not None, 10)
        window.processes.reveal(window.processes.find_process(child.pid).key)
        pulse = Pulse()
        run_until(lambda: False, 5)
        before = pulse.take()
        window.dumping.options.set_dump_type(PRESETS["full"].value)
        window.dumping.controller.dump_selected()
        row = window.dumping.captures_panel.rows()[0]
        row.toggle_details()
        run_until(lambda: row.item.state.ended, 300)
        during = pulse.take()
        run_until(lambda: False, 2)
        print(f"outcome      {row.headline.text()}")
        print(f"capture took {row.item.elapsed:.2f} s, {len(row.item.log)} log lines")
        after = pulse.take()
        print(f"longest gap  before {before:.1f} ms, during {during:.1f} ms, after {after:.1f} ms")
        window.close()
    child.kill()
    child.wait()
    del collector


if __name__ == "__main__":
    main()
