"""How long the packaged window takes until its list is painted, against a start from the source.

    python tests/benchmarks/packaged_start.py PROGRAM [rounds]

PROGRAM is the window's program of a package, dist/linux/dumpdesk/dumpdesk for one. Both are
started in turn on an Xvfb whose screen lies in a file, and watched there: the list is painted when
there is writing where its names go. The first round only warms the caches. Printed are the medians
in milliseconds and their ratio. Linux, with Xvfb.
"""

from __future__ import annotations

import mmap
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
DISPLAY = ":71"
NAMES = (30, 110, 90, 200)  # left, top, width, height of a part of the column, in pixels
WRITTEN = range(300, 9000)  # dark pixels: an empty list has none there, an empty screen all
PATIENCE = 30.0


class Screen:
    """The picture an Xvfb keeps in a file (xwd format, four bytes a pixel)."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header = struct.unpack(">25I", self._data[:100])
        self._start = header[0] + header[19] * 12  # the header, then the colours
        self._line = header[12]

    def written(self) -> bool:
        """Return whether there is writing where the list has its names."""
        left, top, width, height = NAMES
        dark = 0
        for y in range(top, top + height):
            begin = self._start + y * self._line + left * 4
            dark += sum(value < 100 for value in self._data[begin : begin + width * 4 : 4])
        return dark in WRITTEN


@contextmanager
def xvfb(folder: str) -> Iterator[Screen]:
    command = ["Xvfb", DISPLAY, "-screen", "0", "1280x900x24", "-fbdir", folder]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(1)
        yield Screen(Path(folder) / "Xvfb_screen0")
    finally:
        server.terminate()
        server.wait()


def start(command: list[str], screen: Screen, folder: str) -> float:
    """Start a program; return the milliseconds to its painted list."""
    environment = os.environ | {
        "DISPLAY": DISPLAY,
        "QT_QPA_PLATFORM": "xcb",
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",  # as an installed program has it
        "XDG_CONFIG_HOME": f"{folder}/settings",
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    program = subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        while not screen.written():
            if time.perf_counter() - began > PATIENCE:
                sys.exit(f"{command[0]} painted no list")
            time.sleep(0.002)
        return (time.perf_counter() - began) * 1000
    finally:
        program.terminate()
        program.wait()
        while screen.written():
            time.sleep(0.01)


def main() -> None:
    """Print the medians and the ratio."""
    package = str(Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    source, packaged = [], []
    with tempfile.TemporaryDirectory() as folder, xvfb(folder) as screen:
        for _ in range(rounds + 1):
            source.append(start([sys.executable, "-m", "gui"], screen, folder))
            packaged.append(start([package], screen, folder))
    one, other = statistics.median(source[1:]), statistics.median(packaged[1:])
    print(f"source {one:.0f} ms   packaged {other:.0f} ms   ratio {other / one:.2f}")


if __name__ == "__main__":
    main()
