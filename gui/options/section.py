"""A part of the options one can fold away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui import theme
from gui.i18n import tr
from gui.options.part import OptionPart


class Section(OptionPart):
    """A heading that opens and closes what is below it."""

    def __init__(self, title: str, parent: QWidget, opened: bool = False) -> None:
        super().__init__(parent)
        self._title = title
        self._build_ui()
        self.head.clicked.connect(self._on_clicked)
        self.set_opened(opened)

    def _build_ui(self) -> None:
        self.head = QToolButton(self)
        self.head.setText(self._title)
        self.head.setAutoRaise(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.head.setAccessibleName(self._title)
        font = self.head.font()
        font.setBold(True)
        self.head.setFont(font)
        self.body = QWidget(self)
        self.content = QVBoxLayout(self.body)
        unit = self.fontMetrics().averageCharWidth()
        self.content.setContentsMargins(unit * 2, 0, unit, unit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.head)
        layout.addWidget(self.body)

    def show_note(self, note: str) -> None:
        """Add to the heading what is chosen below it."""
        self.head.setText(f"{self._title}  ({note})" if note else self._title)

    @property
    def opened(self) -> bool:
        """Whether what is below the heading shows."""
        return not self.body.isHidden()

    def set_opened(self, opened: bool) -> None:
        """Open or close it."""
        self.body.setVisible(opened)
        self._show_arrow()

    def _show_arrow(self) -> None:
        self.head.setIcon(theme.icon("down" if self.opened else "right"))
        state = tr("open") if self.opened else tr("closed")
        self.head.setAccessibleDescription(state)

    @Slot()
    def _on_clicked(self) -> None:
        self.set_opened(not self.opened)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._show_arrow()
