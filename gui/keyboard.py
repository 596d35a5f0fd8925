"""The list of keyboard shortcuts, taken from the actions themselves."""

from __future__ import annotations

from dataclasses import fields

from PySide6.QtGui import QKeySequence

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
