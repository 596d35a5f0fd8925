"""Does this installation work? ``dumpdesk --self-test`` of the frozen program.

Dumps a child through the helper process, as the window does, opens the window off screen for three
seconds, waits for its list, and looks inside the dump.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

import dumpengine
from dumpengine import (
    ON_WINDOWS,
    CaptureOptions,
    CaptureRequest,
    CaptureResult,
    DumpError,
    ProcessKey,
)
from dumpengine.capture import self_test
from gui import hooks
from gui.app import make_application
from gui.desktop import Desktop
from gui.dialogs import Dialogs
from gui.main_window import MainWindow
from gui.outside import Outside
from gui.pyside_faults import keep_singletons_alive
from gui.services import engine_services
from gui.settings import Settings

_SECONDS = 3.0
_LIMIT = 20.0


def main(arguments: Sequence[str] = ()) -> int:
    """Test, say the outcome in two lines; return 0 when all is well."""
    if arguments and arguments[-1] == self_test.CHILD:
        return self_test.be_dumped()
    name = f"dumpdesk {dumpengine.__version__}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "self-test.dmp"
        try:
            print(f"{name}: {self_test.dump_a_child(_dump_through_helper, path)}")
        except DumpError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return error.kind.exit_code
        return _use_window(name, path)


def _use_window(name: str, dump: Path) -> int:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if ON_WINDOWS:  # where that platform looks for fonts beside Qt only
        os.environ["QT_QPA_FONTDIR"] = str(Path(os.environ["SYSTEMROOT"], "Fonts"))
    rows, streams = _show_window(dump)
    if not rows or not streams:
        what = "the dump could not be shown" if rows else "the list of processes stayed empty"
        print(f"{name}: {what}", file=sys.stderr)
        return 1
    print(f"{name}: showed {rows} processes, {streams} streams of the dump")
    return 0


def _dump_through_helper(key: ProcessKey, path: Path) -> CaptureResult:
    options = CaptureOptions(dump_type=dumpengine.PRESETS["mini"].value)
    result = dumpengine.HelperCapture(
        CaptureRequest(key=key, name="child", path=path, options=options)
    ).run()
    if not result.ok:
        raise DumpError(result.hresult or 0, result.cause or "", result.remedy or "")
    return result


def _show_window(dump: Path) -> tuple[int, int]:
    """Show the window for a while, with settings of its own, and look inside a dump.

    Returns how many processes the window had, and how many streams the dump.
    """
    keep_singletons_alive()
    app = make_application()
    with tempfile.TemporaryDirectory() as folder, hooks.installed(Path(folder)):
        settings = Settings(Path(folder) / "dumpdesk.ini")
        window = MainWindow(Outside(engine_services(), settings, Dialogs(), Desktop()))
        window.show()
        window.start()
        rows = _wait_for(lambda: len(window.processes.entries()), _SECONDS)
        window.look_inside(dump)
        streams = _wait_for(lambda: _streams_shown(window))
        window.close()
        app.processEvents()
    return rows, streams


def _streams_shown(window: MainWindow) -> int:
    return sum(len(each.loaded.description.streams) for each in window.viewers() if each.loaded)


def _wait_for(number: Callable[[], int], least: float = 0.0) -> int:
    """Run the event loop for ``least`` seconds, and on while the number is 0; return the number."""
    started = time.monotonic()
    found = 0
    while (age := time.monotonic() - started) < least or (not found and age < _LIMIT):
        loop = QEventLoop()
        QTimer.singleShot(100, loop.quit)
        loop.exec()
        found = number()
    return found
