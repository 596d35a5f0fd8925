"""What is new: the page of resources/CHANGELOG.md."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout, QWidget

import resources
from gui.i18n import tr

_PAGE = Path(resources.__file__).with_name("CHANGELOG.md")


class News(QDialog):
    """Shows the page; it is our own, and may be set as it is written."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("What is new"))
        self.page = QTextBrowser(self)
        self.page.setAccessibleName(tr("What is new"))
        self.page.setMarkdown(_PAGE.read_text(encoding="utf-8"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.page)
        layout.addWidget(buttons)
        unit = self.fontMetrics().averageCharWidth()
        self.resize(unit * 90, unit * 60)
