"""The window's tests run offscreen (on Windows for real), the engine and the rest made up."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if sys.platform != "win32":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# The offscreen platform has no themes and no accessibility bus of its own to talk to.
os.environ.setdefault("QT_LOGGING_RULES", "qt.pyside.libpyside.warning=true")

from gui import settings as options
from gui import theme
from gui.main_window import MainWindow
from gui.outside import Outside
from gui.pyside_faults import keep_singletons_alive
from gui.settings import Settings
from tests.support.gui_fakes import FakeDesktop, FakeDialogs, FakeEngine, released

keep_singletons_alive()


# The offscreen platform says this of every window that has a minimum size or is raised, of every
# menu, and of an icon beside the clock; that of Windows where Wine knows nothing of a monitor, a
# dark frame or a question's own icon.
_HARMLESS = (
    r"This plugin does not support (propagateSizeHints\(\)|raise\(\)|grabbing the keyboard)"
    r"|No such signal QPlatformNativeInterface::systemTrayWindowChanged"
    r"|Unable to open monitor interface|Unable to retrieve dark window border setting"
    r"|QPixmap::fromWinHICON\(\), failed to GetIconInfo"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow what the offscreen platform cannot do; any other Qt warning fails a test."""
    for item in items:
        if "tests/gui" in item.path.as_posix():
            item.add_marker(pytest.mark.qt_log_ignore(_HARMLESS, extend=True))


@pytest.fixture(autouse=True)
def collect_in_the_main_thread() -> Iterator[None]:
    """Collect cycles here, never on a worker's thread, as the program does."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


class Desk:
    """A window with everything around it replaced."""

    def __init__(self, qtbot, folder: Path, engine: FakeEngine) -> None:
        self.bot = qtbot
        self.engine = engine
        self.folder = folder / "dumps"
        self.folder.mkdir(exist_ok=True)
        self.settings = Settings(folder / "dumpdesk.ini")
        self.settings.set(options.FOLDER, str(self.folder))
        self.settings.set(options.ONLY_MINE, False)
        self.dialogs = FakeDialogs()
        self.desktop = FakeDesktop()
        self.window = self.open()

    def open(self) -> MainWindow:
        outside = Outside(
            self.engine.services(),
            self.settings,
            self.dialogs,
            self.desktop,
            self.engine.look_at_windows,
        )
        window = MainWindow(outside)
        window.show()
        window.start()
        self.bot.waitUntil(lambda: bool(window.processes.entries()) or not self.engine.lister.rows)
        self.bot.waitUntil(lambda: window.complete)
        return window

    def look(self) -> None:
        """Look at the processes once more and wait until the list shows it."""
        with self.bot.waitSignal(self.window.processes.listed):
            self.window.actions_.refresh.trigger()

    def select(self, *pids: int) -> None:
        found = [self.window.processes.find_process(pid) for pid in pids]
        self.window.processes.view.select(*(entry.key for entry in found if entry))

    def dump(self, *pids: int):
        """Dump these and return the row of the last one, standing half way."""
        before = len(self.engine.captures)
        self.select(*pids)
        self.window.actions_.dump.trigger()
        self.bot.waitUntil(lambda: len(self.engine.captures) > before)
        capture = self.engine.captures[-1]
        self.bot.waitUntil(capture.reached.is_set)
        return self.window.dumping.captures_panel.rows()[-1]

    def finish(self, row) -> None:
        """Let the capture of this row go on to its end."""
        for capture in self.engine.captures:
            if capture.request == row.item.request:
                capture.go.set()
        self.bot.waitUntil(lambda: row.item.state.ended)

    def close(self) -> None:
        self.engine.estimate_gate.set()
        for capture in self.engine.captures:
            capture.go.set()
        self.dialogs.answer = "cancel"
        self.window.close()
        self.bot.waitUntil(lambda: not self.window.dumping.captures.active())
        self.window.close()


@pytest.fixture
def desk(qtbot, tmp_path: Path) -> Iterator[Desk]:
    """A window over a small, made-up desktop."""
    theme.apply(qtbot_app(), theme.Scheme.LIGHT)
    engine = FakeEngine()
    with released(engine):
        made = Desk(qtbot, tmp_path, engine)
        yield made
        made.close()


def qtbot_app():
    """Return the application pytest-qt made."""
    from PySide6.QtWidgets import QApplication

    return QApplication.instance()


@pytest.fixture
def make_desk(qtbot, tmp_path: Path) -> Iterator[Callable[[FakeEngine], Desk]]:
    """Make windows over engines of the test's own."""
    made: list[Desk] = []
    engines: list[FakeEngine] = []

    def make(engine: FakeEngine) -> Desk:
        engines.append(engine)
        made.append(Desk(qtbot, tmp_path, engine))
        return made[-1]

    yield make
    for engine in engines:
        with released(engine):
            pass
    for each in made:
        each.close()
