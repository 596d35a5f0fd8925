"""Does this installation work? ``dumpdesk --self-test`` of the frozen program.

Opens the window off screen for three seconds, waits for its list, and dumps a child through the
helper process, as the window does.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

import dumpengine
from dumpengine import CaptureRequest, CaptureResult, DumpError, ProcessKey, self_test
from gui import hooks
from gui.app import make_application
from gui.desktop import Desktop
from gui.dialogs import Dialogs
from gui.main_window import MainWindow, Outside
from gui.pyside_faults import keep_singletons_alive
from gui.services import engine_services
from gui.settings import Settings

_SECONDS = 3.0
_LIST_LIMIT = 20.0


def main(arguments: Sequence[str] = ()) -> int:
    """Test, say the outcome in two lines; return 0 when all is well."""
    if arguments and arguments[-1] == self_test.CHILD:
        return self_test.be_dumped()
    name = f"dumpdesk {dumpengine.__version__}"
    try:
        print(f"{name}: {self_test.dump_a_child(_dump_through_helper)}")
    except DumpError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return error.kind.exit_code
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if sys.platform == "win32":  # where that platform looks for fonts beside Qt only
        os.environ["QT_QPA_FONTDIR"] = str(Path(os.environ["SYSTEMROOT"], "Fonts"))
    rows = _show_window()
    if not rows:
        print(f"{name}: the list of processes stayed empty", file=sys.stderr)
        return 1
    print(f"{name}: showed {rows} processes")
    return 0


def _dump_through_helper(key: ProcessKey, path: Path) -> CaptureResult:
    dump_type = dumpengine.PRESETS["mini"].value
    result = dumpengine.HelperCapture(CaptureRequest(key, "child", path, dump_type)).run()
    if not result.ok:
        raise DumpError(result.hresult or 0, result.cause or "", result.remedy or "")
    return result


def _show_window() -> int:
    """Show the window for a while, with settings of its own; return how many rows it had."""
    keep_singletons_alive()
    app = make_application()
    with tempfile.TemporaryDirectory() as folder, hooks.installed(Path(folder)):
        settings = Settings(Path(folder) / "dumpdesk.ini")
        window = MainWindow(Outside(engine_services(), settings, Dialogs(), Desktop()))
        window.show()
        window.start()
        rows = _wait_for_rows(window)
        window.close()
        app.processEvents()
    return rows


def _wait_for_rows(window: MainWindow) -> int:
    """Run the event loop for three seconds, longer while the list is empty."""
    started = time.monotonic()
    rows = 0
    while (age := time.monotonic() - started) < _SECONDS or (not rows and age < _LIST_LIMIT):
        loop = QEventLoop()
        QTimer.singleShot(100, loop.quit)
        loop.exec()
        rows = len(window.processes.entries())
    return rows
