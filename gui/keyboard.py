"""Keyboard shortcuts: the list of them, and what is said when one is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from gui.actions import Actions
from gui.i18n import tr


def shortcut_text(actions: Actions) -> str:
    """Return one line per shortcut, and those of the list and the rows."""
    lines = []
    for field in fields(actions):
        action = getattr(actions, field.name)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if keys:
            lines.append(f"{keys}\t{action.text().replace('&', '').rstrip('…')}")
    lines.append("Enter\t" + tr("Details of the process, or of the capture with the focus"))
    lines.append("Esc\t" + tr("Clear the search, go back to the list"))
    return "\n".join(lines)


class Refusals(QObject):
    """Says why an action is off when its shortcut is pressed: Qt itself does nothing, silently.

    Signals:
        told: the action's status tip, which says why.
    """

    told = Signal(str)

    def __init__(self, actions: Iterable[QAction], window: QWidget) -> None:
        super().__init__(window)
        for action in actions:
            keys = QShortcut(action.shortcut(), window)
            keys.setEnabled(not action.isEnabled())
            keys.activated.connect(partial(self._say, action))
            action.enabledChanged.connect(partial(_opposite, keys))

    def _say(self, action: QAction) -> None:
        self.told.emit(action.statusTip())


def _opposite(keys: QShortcut, enabled: bool) -> None:
    keys.setEnabled(not enabled)
