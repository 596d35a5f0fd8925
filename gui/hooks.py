"""Nothing goes unnoticed: exceptions, warnings of Qt and crashes end in one log."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

import dumpengine

_log = logging.getLogger("dumpdesk")
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_LOG_SIZE = 1 << 20


class Surprises(QObject):
    """Says in the window what nobody foresaw; each thing once, whichever thread it was in.

    Signals:
        told: a sentence.
    """

    told = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def add(self, error: BaseException) -> str:
        """Take note of it; returns the sentence."""
        sentence = dumpengine.unforeseen(error).cause
        if sentence not in self._said:
            self._said.add(sentence)
            self.told.emit(sentence)
        return sentence


@contextmanager
def installed(folder: Path) -> Iterator[Surprises]:
    """Inside the block log into ``folder``; a crash of the interpreter leaves its stacks there.

    Yields what tells of exceptions that nobody caught.
    """
    surprises = Surprises()
    folder.mkdir(parents=True, exist_ok=True)
    before = sys.excepthook, threading.excepthook
    with ExitStack() as undo:
        for handler in _handlers(folder):
            _add(handler, undo)
        crash_file = undo.enter_context((folder / "dumpdesk-crash.log").open("w", encoding="utf-8"))
        faulthandler.enable(crash_file)
        undo.callback(faulthandler.disable)
        sys.excepthook = partial(_on_exception, surprises)
        threading.excepthook = partial(_on_thread_exception, surprises)
        undo.callback(qInstallMessageHandler, qInstallMessageHandler(_on_qt_message))
        try:
            yield surprises
        finally:
            sys.excepthook, threading.excepthook = before


def _handlers(folder: Path) -> Iterator[logging.Handler]:
    yield _LogFile(folder / "dumpdesk.log")
    if sys.stderr is not None:  # a double-clicked program on Windows has none
        stderr = logging.StreamHandler()
        stderr.setFormatter(_Sentence())  # the traceback is in the log, for whoever reads code
        yield stderr


class _Sentence(logging.Formatter):
    """The message alone."""

    def format(self, record: logging.LogRecord) -> str:
        return f"dumpdesk: {dumpengine.printable_lines(record.getMessage())}"


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
    surprises: Surprises,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    _log.critical("%s", surprises.add(error), exc_info=(kind, error, trace))


def _on_thread_exception(surprises: Surprises, args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _on_exception(surprises, args.exc_type, args.exc_value, args.exc_traceback)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    category = getattr(context, "category", "") or "qt"
    logging.getLogger(f"dumpdesk.{category}").log(_LEVELS.get(kind, logging.WARNING), "%s", text)
