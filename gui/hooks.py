"""Nothing goes unnoticed: exceptions, warnings of Qt and crashes end in one log."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_log = logging.getLogger("dumpdesk")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_LOG_SIZE = 1 << 20


def install(folder: Path) -> None:
    """Log into ``folder``; a crash of the interpreter leaves its stacks there too."""
    from logging.handlers import RotatingFileHandler  # brings sockets and pickles along

    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "dumpdesk.log", maxBytes=_LOG_SIZE, backupCount=1, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    if sys.stderr is not None:  # a double-clicked program on Windows has none
        root.addHandler(logging.StreamHandler())
    root.setLevel(logging.INFO)
    crash_file = (folder / "dumpdesk-crash.log").open("w", encoding="utf-8")
    faulthandler.enable(crash_file)
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread_exception
    qInstallMessageHandler(_on_qt_message)


def _on_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    _log.critical("unexpected error", exc_info=(kind, error, trace))


def _on_thread_exception(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _on_exception(args.exc_type, args.exc_value, args.exc_traceback)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    category = getattr(context, "category", "") or "qt"
    logging.getLogger(f"dumpdesk.{category}").log(_LEVELS.get(kind, logging.WARNING), "%s", text)
