"""Nothing goes unnoticed: exceptions, warnings of Qt and crashes end in one log."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """Inside the block log into ``folder``; a crash of the interpreter leaves its stacks there."""
    folder.mkdir(parents=True, exist_ok=True)
    before = sys.excepthook, threading.excepthook
    with ExitStack() as undo:
        for handler in _handlers(folder):
            _add(handler, undo)
        crash_file = undo.enter_context((folder / "dumpdesk-crash.log").open("w", encoding="utf-8"))
        faulthandler.enable(crash_file)
        undo.callback(faulthandler.disable)
        sys.excepthook, threading.excepthook = _on_exception, _on_thread_exception
        undo.callback(qInstallMessageHandler, qInstallMessageHandler(_on_qt_message))
        try:
            yield
        finally:
            sys.excepthook, threading.excepthook = before


def _handlers(folder: Path) -> Iterator[logging.Handler]:
    yield _LogFile(folder / "dumpdesk.log")
    if sys.stderr is not None:  # a double-clicked program on Windows has none
        yield logging.StreamHandler()


class _LogFile(logging.Handler):
    """Opens the log with the first record: most runs have nothing to tell."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._file: logging.Handler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self._file is None:
            self._file = self._opened()
        self._file.handle(record)

    def _opened(self) -> logging.Handler:
        from logging.handlers import RotatingFileHandler  # brings sockets and pickles along

        file = RotatingFileHandler(
            self._path, maxBytes=_LOG_SIZE, backupCount=1, encoding="utf-8", delay=True
        )
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        return file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()


def _add(handler: logging.Handler, undo: ExitStack) -> None:
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    undo.callback(handler.close)
    undo.callback(root.removeHandler, handler)


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
