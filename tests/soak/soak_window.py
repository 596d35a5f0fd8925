"""A long day of the window in minutes: ``python tests/soak/soak_window.py [ticks] [processes]``.

The real window, off screen, over a made-up system that changes at every look; 14,400 looks are
eight hours of one every two seconds. Now and then the list is searched, turned into a tree and
back, and a process is selected and dumped by a made-up capture. Printed are resident memory, open
files, threads and widgets ten times on the way; exits with 1 when one of them grew
by more than a twentieth after the first fifth of the day.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication

from gui import settings as options
from gui.collector import MainThreadCollector
from gui.main_window import MainWindow
from gui.outside import Outside
from gui.pyside_faults import keep_singletons_alive
from gui.settings import Settings
from tests.support.changing_system import Processes
from tests.support.gui_fakes import FakeDesktop, FakeDialogs, FakeEngine, released

STATIONS = 10
ALLOWED = 1.05
PIXMAPS = 256  # KiB; Qt's own cache of what it drew would fill up to 10 MiB in the course of a day


def wait(milliseconds: int) -> None:
    """Run the event loop for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def use(window: MainWindow, engine: FakeEngine, tick: int) -> None:
    """Do what a tester does now and then."""
    if tick % 50 == 0:
        window.processes.search.setText(("", "chrome", "is:mine java", "/b.sh/")[tick // 50 % 4])
    if tick % 400 == 0:
        window.actions_.tree.toggle()
    if tick % 100 == 0:
        keys = [entry.key for entry in window.processes.entries() if entry.dumpable]
        window.processes.view.select(keys[tick % len(keys)])
    if tick % 200 == 0:
        window.actions_.dump.trigger()
        wait(50)
        for capture in engine.captures:
            capture.go.set()
        wait(150)
        engine.captures.clear()
        window.actions_.clear_ended.trigger()


def figures() -> dict[str, int]:
    """Return what must not grow."""
    gc.collect()
    process = psutil.Process()
    return {
        "KiB": process.memory_info().rss >> 10,
        "files": process.num_fds() if hasattr(process, "num_fds") else process.num_handles(),
        "threads": threading.active_count(),
        "widgets": len(QApplication.allWidgets()),
    }


def live(window: MainWindow, engine: FakeEngine, ticks: int) -> list[str]:
    """Live the day; return what grew."""
    stations = []
    listed = QEventLoop()
    window.processes.listed.connect(listed.quit)
    for tick in range(1, ticks + 1):
        window.actions_.refresh.trigger()
        listed.exec()
        use(window, engine, tick)
        if tick % (ticks // STATIONS) == 0:
            stations.append(figures())
            shown = "   ".join(f"{value:,} {name}" for name, value in stations[-1].items())
            print(f"{tick:6} looks   {shown}", flush=True)
    settled = stations[1]
    worst = {name: max(each[name] for each in stations[2:]) for name in settled}
    return [name for name in settled if worst[name] > settled[name] * ALLOWED]


def main() -> int:
    """Print the figures on the way; return the exit code."""
    ticks = int(sys.argv[1]) if len(sys.argv) > 1 else 14_400
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    keep_singletons_alive()
    app = QApplication([])
    QPixmapCache.setCacheLimit(PIXMAPS)
    collector = MainThreadCollector(app)
    processes = Processes(count)
    engine = FakeEngine(())
    engine.lister.poll = processes.tick
    with tempfile.TemporaryDirectory() as folder, released(engine):
        settings = Settings(Path(folder) / "s.ini")
        settings.set(options.ONLY_MINE, False)
        settings.set(options.FOLDER, folder)
        outside = Outside(
            engine.services(), settings, FakeDialogs(), FakeDesktop(), processes.titles
        )
        window = MainWindow(outside)
        window.show()
        window.poller.start(3600)
        wait(500)
        grown = live(window, engine, ticks)
        window.close()
    del collector
    print(f"grew: {', '.join(grown)}" if grown else "nothing grew")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
