"""All that is known of one process, in a window beside."""

from __future__ import annotations

from time import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from gui import format as words
from gui.i18n import tr
from gui.plain import PlainLabel
from gui.processes.columns import UNKNOWN, Column
from gui.processes.entry import Entry
from gui.widgets import FaintLabel


class ProcessDetails(QDialog):
    """Shows the facts as they were when it was opened; several may be open."""

    def __init__(
        self, entry: Entry, columns: tuple[Column, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setWindowTitle(f"{entry.row.name} · {entry.key.pid}")
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 70)
        self._build_ui(entry, columns)

    def _build_ui(self, entry: Entry, columns: tuple[Column, ...]) -> None:
        layout = QVBoxLayout(self)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        facts = [(column.title, column.text(entry)) for column in columns]
        facts.append((tr("Status"), entry.row.status or UNKNOWN))
        facts.append((tr("Can be dumped"), entry.refusal or tr("Yes.")))
        if entry.row.remedy:
            facts.append((tr("What to do"), entry.row.remedy))
        if entry.row.rss is not None:
            facts.append((tr("Memory exactly"), words.exact(entry.row.rss)))
        for row, (title, value) in enumerate(facts):
            name, text = PlainLabel(title, self), PlainLabel(value or UNKNOWN, self)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setWordWrap(True)
            text.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            text.setAccessibleName(f"{title}: {value}")
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text, row, 1)
        layout.addLayout(grid)
        now = words.moment(time())
        layout.addWidget(FaintLabel(tr("As it was at {time}.").format(time=now), self))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self).activated.connect(self.close)
