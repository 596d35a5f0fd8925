"""How long until the list of processes is painted, against a bare window with a table.

    python tests/benchmarks/window_start.py [rounds]

Both are started as programs, in turn, and stopped at their first painted row; the first round only
warms the caches. The bare window fills a QTableWidget with as many rows as there are processes.
Printed are the medians in milliseconds and their ratio.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]

BARE = """
import os, sys, time
from PySide6.QtWidgets import QApplication, QMainWindow, QTableWidget, QTableWidgetItem

class Table(QTableWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.perf_counter(), flush=True)
        os._exit(0)

app = QApplication([])
window = QMainWindow()
rows = int(sys.argv[1])
table = Table(rows, 8)
for row in range(rows):
    for column in range(8):
        table.setItem(row, column, QTableWidgetItem(f"{row} {column}"))
window.setCentralWidget(table)
window.resize(1280, 840)
window.show()
app.exec()
"""

OURS = """
import os, sys, time
from gui.__main__ import main
from gui.processes.view import ProcessView

def paint(view, event, usual=ProcessView.paintEvent):
    usual(view, event)
    if view.model().rowCount():
        print(time.perf_counter(), flush=True)
        os._exit(0)

ProcessView.paintEvent = paint
main([])
"""


def start(program: str, folder: str, *arguments: str) -> float:
    """Start a program; return the milliseconds to its first painted row."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        # The platform off screen warns of what it alone cannot do.
        "QT_LOGGING_RULES": "*=false",
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",  # as an installed program has it
        "XDG_CONFIG_HOME": f"{folder}/settings",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", program, *arguments]
    began = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, env=environment, text=True, check=True)
    return (float(ended.stdout) - began) * 1000


def main() -> None:
    """Print the medians and the ratio."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    processes = sum(entry.name.isdigit() for entry in Path("/proc").iterdir())
    bare, ours = [], []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds + 1):
            bare.append(start(BARE, folder, str(processes)))
            ours.append(start(OURS, folder))
    one, other = statistics.median(bare[1:]), statistics.median(ours[1:])
    print(f"bare {one:.0f} ms   ours {other:.0f} ms   ratio {other / one:.2f}")


if __name__ == "__main__":
    main()
