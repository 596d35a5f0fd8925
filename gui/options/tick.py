"""A box to tick, with its sentence, for each option that is a flag."""

from __future__ import annotations

from dataclasses import fields, replace

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from dumpengine import CaptureOptions, declared
from gui import settings as options
from gui.i18n import tr
from gui.options.part import OptionPart
from gui.settings import Settings
from gui.widgets import FaintLabel


class Tick(OptionPart):
    """One of them; it is ticked again at the next start."""

    def __init__(
        self, name: str, title: str, sentence: str, settings: Settings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._settings = settings
        self._build_ui(title, sentence)
        self.box.setChecked(settings.get(options.ticked(name)))
        self.box.toggled.connect(self._on_toggled)

    def _build_ui(self, title: str, sentence: str) -> None:
        self.box = QCheckBox(title, self)
        self.box.setObjectName(self._name)
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

    def added_to(self, chosen: CaptureOptions) -> CaptureOptions:
        """See OptionPart."""
        ticked: dict[str, object] = {self._name: self.box.isChecked()}
        return replace(chosen, **ticked)  # type: ignore[arg-type]  # it is a flag

    @Slot(bool)
    def _on_toggled(self, ticked: bool) -> None:
        self._settings.set(options.ticked(self._name), ticked)
        self.changed.emit()


def ticks(settings: Settings, parent: QWidget) -> tuple[Tick, ...]:
    """Return a box for every flag that says what it is called in the window."""
    return tuple(
        Tick(each.name, tr(said.title), tr(said.sentence), settings, parent)
        for each in fields(CaptureOptions)
        if (said := declared(each)).title
    )
