"""Text of other processes and of files is only ever text: the one place that makes it so.

Qt guesses whether a label's or a tooltip's text is HTML. A command line `<img src=/tmp/pipe>` was
taken for it, and the window stood still for good, reading the pipe. Labels here never guess, and
tooltips go through :func:`set_tip` and :func:`tip`; a test holds the whole window to it.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtGui import Qt as QtText  # the same, with what Qt knows of text
from PySide6.QtWidgets import QLabel, QMenu, QWidget

import dumpengine


class _HasTip(Protocol):
    def setToolTip(self, tip: str, /) -> None: ...


class PlainLabel(QLabel):
    """A label that shows what it is given, character by character."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(dumpengine.printable_lines(text))


def tip(text: str) -> str:
    """Return ``text`` as Qt shows it in a tooltip or a message: what looks like HTML is escaped."""
    text = dumpengine.printable_lines(text)
    if not QtText.mightBeRichText(text):
        return text
    return QtText.convertFromPlainText(text, Qt.WhiteSpaceMode.WhiteSpaceNormal)


def set_tip(what: _HasTip, text: str) -> None:
    """Give a widget, an action or an item this tooltip."""
    what.setToolTip(tip(text))


def notice(text: str) -> str:
    """Return ``text`` for the desktop's notifications, which some desktops read as markup."""
    return dumpengine.printable_lines(text).replace("<", "‹").replace(">", "›")


def add_entry(menu: QMenu, text: str) -> QAction:
    """Add an entry that shows ``text``, in which `&` marks no key, and no other tooltip."""
    action = menu.addAction(dumpengine.printable(text).replace("&", "&&"))
    set_tip(action, text)  # else Qt takes the entry's text for one
    return action
