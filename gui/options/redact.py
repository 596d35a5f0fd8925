"""Whether private things are taken out of the dump."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from gui import settings as options
from gui.i18n import tr
from gui.settings import Settings
from gui.widgets import FaintLabel


class Redact(QWidget):
    """A checkbox with its sentence.

    Signals:
        changed: it was ticked or unticked.
    """

    changed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._build_ui()
        self.box.setChecked(settings.get(options.REDACT))
        self.box.toggled.connect(self._on_toggled)

    def _build_ui(self) -> None:
        self.box = QCheckBox(tr("&Redact"), self)
        self.box.setObjectName("redact")
        sentence = tr(
            "Takes the environment, the command line and the contents of the stacks out. Copies of "
            "secrets elsewhere in memory stay."
        )
        self.box.setAccessibleDescription(sentence)
        self.sentence = FaintLabel(sentence, self)
        self.sentence.setWordWrap(True)
        unit = self.fontMetrics().averageCharWidth()
        self.sentence.setContentsMargins(unit * 3, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(unit * 2, unit // 2, unit, unit // 2)
        layout.setSpacing(0)
        layout.addWidget(self.box)
        layout.addWidget(self.sentence)

    @Slot(bool)
    def _on_toggled(self, ticked: bool) -> None:
        self._settings.set(options.REDACT, ticked)
        self.changed.emit()
