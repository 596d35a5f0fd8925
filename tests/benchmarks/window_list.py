"""How long a look at 5,000 processes holds the window up, tick by tick.

    python tests/benchmarks/window_list.py [processes] [ticks]

Each tick a tenth of the rows has other numbers, one in a hundred ended and started, and of 50 that
have a window five have another title. Printed are the main thread's milliseconds of processor time
per tick (median and longest) for the flat list and the tree, by name and by CPU, how often the
model was reset, and the memory before and after.
"""

from __future__ import annotations

import gc
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from gui import settings as options
from gui.collector import MainThreadCollector
from gui.main_window import MainWindow
from gui.outside import Outside
from gui.processes.columns import ColumnId
from gui.pyside_faults import keep_singletons_alive
from gui.settings import Settings
from tests.support.changing_system import Processes
from tests.support.gui_fakes import FakeDesktop, FakeDialogs, FakeEngine


def measure(window: MainWindow, processes: Processes, ticks: int) -> str:
    """Feed ticks to the window; return the times in words."""
    taken = []
    for _ in range(ticks):
        rows, windows = processes.tick(), processes.titles()
        listing = window.processes.maker.make(rows, windows)  # the poller's thread does this
        begin = time.thread_time()
        window.processes._on_listing(listing)
        QApplication.processEvents()
        taken.append((time.thread_time() - begin) * 1000)
    return f"median {statistics.median(taken):6.1f} ms   longest {max(taken):6.1f} ms"


def memory() -> int:
    """Return the resident size in KiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 10


def main() -> None:
    """Print one line per arrangement."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    ticks = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    keep_singletons_alive()
    app = QApplication([])
    collector = MainThreadCollector(app)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "s.ini")
        settings.set(options.ONLY_MINE, False)
        engine = FakeEngine(())
        outside = Outside(engine.services(), settings, FakeDialogs(), FakeDesktop())
        window = MainWindow(outside)
        resets: list[int] = []
        window.processes.model.modelReset.connect(lambda: resets.append(1))
        window.show()
        processes = Processes(count)
        window.processes._on_listing(window.processes.maker.make(processes.tick()))
        while not window.complete:
            QApplication.processEvents()
        gc.collect()
        before = memory()
        for nested in (False, True):
            window.actions_.tree.setChecked(nested)
            for column, descending in ((ColumnId.NAME, False), (ColumnId.CPU, True)):
                window.processes.sort_by(column, descending)
                shape = "tree" if nested else "flat"
                print(f"{shape} by {column.value:5} {measure(window, processes, ticks)}")
        gc.collect()
        print(f"resets {len(resets)}   memory {before} -> {memory()} KiB")
        window.close()
    del collector


if __name__ == "__main__":
    main()
