"""The window over the real engine: real processes, real captures, a real cancel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

import dumpengine
from dumpengine import PRESETS
from gui import settings as options
from gui.captures.item import CaptureState
from gui.desktop import Desktop
from gui.main_window import MainWindow
from gui.outside import Outside
from gui.services import engine_services
from gui.settings import Settings
from tests.support.children import tracer_of
from tests.support.gui_fakes import FakeDialogs

pytestmark = pytest.mark.live

MARKER = "window-marker-0f1e2d3c"
PROGRAM = f"""
import sys, time
text = "{MARKER[::-1]}"[::-1]
memory = bytearray(int(sys.argv[1]))
for i in range(0, len(memory), 4096):
    memory[i] = i % 251
print("ready", flush=True)
while True:
    time.sleep(0.01)
"""
# The program's text, which is in every dump, holds the marker backwards only.


@pytest.fixture
def child(request) -> Iterator[subprocess.Popen[str]]:
    """A Python process that holds some memory."""
    size = getattr(request, "param", 1 << 20)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(size)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window over the real engine."""
    settings = Settings(tmp_path / "dumpdesk.ini")
    settings.set(options.FOLDER, str(tmp_path / "dumps"))
    settings.set(options.ONLY_MINE, False)
    made = MainWindow(Outside(engine_services(), settings, FakeDialogs(), Desktop()))
    made.show()
    made.start()
    yield made
    made.dumping.captures.cancel_all()
    qtbot.waitUntil(lambda: not made.dumping.captures.active(), timeout=20_000)
    made.close()


def choose(qtbot, window: MainWindow, pid: int) -> None:
    qtbot.waitUntil(lambda: window.processes.find_process(pid) is not None, timeout=10_000)
    window.processes.reveal(window.processes.find_process(pid).key)


def runs_on(pid: int) -> bool:
    """The process is not traced and not stopped."""
    traced = sys.platform.startswith("linux") and tracer_of(pid)
    return not traced and psutil.Process(pid).status() != "stopped"


@pytest.mark.parametrize("preset", ["mini", "full"])
def test_a_real_dump(qtbot, window, child, preset):
    choose(qtbot, window, child.pid)
    window.dumping.options.set_dump_type(PRESETS[preset].value)
    qtbot.waitUntil(
        lambda: window.dumping.options.estimate.text().startswith("about"), timeout=10_000
    )
    qtbot.mouseClick(window.dumping.options.button, Qt.MouseButton.LeftButton)
    row = window.dumping.captures_panel.rows()[0]
    qtbot.waitUntil(lambda: row.item.state.ended, timeout=30_000)
    assert row.item.state is CaptureState.DONE, row.item.result
    path = row.item.path
    assert path.is_file()
    assert dumpengine.check_dump(path).ok
    with dumpengine.open_dump(path) as dump:
        assert dump.snapshot().process.pid == child.pid
    assert (MARKER.encode() in path.read_bytes()) is (preset == "full")
    assert row.item.log
    assert runs_on(child.pid)


@pytest.mark.parametrize("child", [1 << 30], indirect=True)
def test_a_real_cancel(qtbot, window, child):
    choose(qtbot, window, child.pid)
    window.dumping.options.set_dump_type(PRESETS["full"].value)
    window.actions_.dump.trigger()
    row = window.dumping.captures_panel.rows()[0]
    cancel = row.findChild(QToolButton, "cancelCapture")
    qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: row.item.state.ended, timeout=30_000)
    assert row.item.state is CaptureState.CANCELLED
    assert row.headline.text() == "Cancelled. Nothing was kept; the process runs."
    assert list(row.item.request.path.parent.iterdir()) == []
    assert child.poll() is None
    assert runs_on(child.pid)


def test_the_target_ends_before_its_turn(qtbot, window, child):
    choose(qtbot, window, child.pid)
    window.actions_.pause.setChecked(True)
    child.kill()
    child.wait()
    window.dumping.controller.dump_selected()
    row = window.dumping.captures_panel.rows()[0]
    qtbot.waitUntil(lambda: row.item.state.ended, timeout=30_000)
    assert row.item.state is CaptureState.FAILED
    assert row.item.result.error == "no_process"
    assert list(row.item.request.path.parent.iterdir()) == []
