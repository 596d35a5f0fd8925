"""Findings: sentences on what hangs, each with its proof; a click leads to the thread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from dumpengine import printable
from gui.i18n import tr
from gui.plain import set_tip

_MOST_LINES = 6
_THREAD = Qt.ItemDataRole.UserRole


class FindingsList(QListWidget):
    """One row a finding.

    Signals:
        thread_wanted: a finding was clicked; it is the id of the first thread it concerns.
    """

    thread_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findings")
        self.setAccessibleName(tr("Findings"))
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._on_item)
        self.itemActivated.connect(self._on_item)
        self.hide()

    def show_findings(self, findings: Iterable[Any]) -> None:
        """Show these; without any the list is not there."""
        self.clear()
        for finding in findings:
            item = QListWidgetItem(printable(finding.sentence), self)
            item.setData(_THREAD, finding.threads[0] if finding.threads else None)
            set_tip(item, "\n".join(proof.text for proof in finding.proof) or finding.sentence)
        self.setVisible(self.count() > 0)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as its sentences, up to a few lines."""
        rows = sum(self.sizeHintForRow(row) for row in range(min(self.count(), _MOST_LINES)))
        return QSize(super().sizeHint().width(), rows + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        """The same: a sentence that is cut off tells nothing."""
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    @Slot(QListWidgetItem)
    def _on_item(self, item: QListWidgetItem) -> None:
        thread = item.data(_THREAD)
        if thread is not None:
            self.thread_wanted.emit(thread)
