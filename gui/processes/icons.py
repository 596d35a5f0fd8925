"""A picture for each process, where the system has one."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QFileInfo
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileIconProvider

from dumpengine import ON_WINDOWS, ProcessRow
from gui import theme


def process_icon(row: ProcessRow) -> QIcon:
    """Return the program's icon, or one of ours for a program without."""
    own = _program_icon(row.exe or row.name)
    return own or theme.icon("kernel" if row.kernel else "process")


@lru_cache(maxsize=512)
def _program_icon(program: str) -> QIcon | None:
    if ON_WINDOWS:
        found = QFileIconProvider().icon(QFileInfo(program))
    else:
        found = QIcon.fromTheme(program.rsplit("/", 1)[-1])
    return None if found.isNull() else found
