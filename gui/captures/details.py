"""The opened row: callback log, throughput, and the whole result to copy."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from gui import theme
from gui.captures import words as sentences
from gui.captures.curve import ThroughputCurve
from gui.captures.item import LOG_LIMIT, CaptureItem
from gui.i18n import tr
from gui.plain import set_tip
from gui.widgets import icon_button

_LINES = 7


class CaptureDetails(QWidget):
    """Shows what has happened in one capture. The log is added to, ten times a second at most."""

    def __init__(self, item: CaptureItem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item = item
        self._pending: list[str] = list(item.log)
        self._build_ui()
        self._connect()
        self._show()

    def _build_ui(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.log = self._text_box(tr("Callback log"), tr("No callbacks yet."))
        self.log.setMaximumBlockCount(LOG_LIMIT)
        self.facts = self._text_box(tr("Result"), "")
        self.facts.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        side = QVBoxLayout()
        self.curve = ThroughputCurve(self)
        self.copy = icon_button("copy", tr("Copy details"), self, show_text=True)
        self.copy.setObjectName("copyDetails")
        side.addWidget(self.curve, 1)
        side.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.log, 3)
        layout.addWidget(self.facts, 3)
        layout.addLayout(side, 2)

    def _text_box(self, name: str, placeholder: str) -> QPlainTextEdit:
        box = QPlainTextEdit(self)
        box.setReadOnly(True)
        box.setUndoRedoEnabled(False)
        box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        box.setFont(theme.fixed_font())
        box.setAccessibleName(name)
        set_tip(box, name)
        box.setPlaceholderText(placeholder)
        box.setTabChangesFocus(True)
        box.setMinimumHeight(box.fontMetrics().lineSpacing() * _LINES)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        return box

    def _connect(self) -> None:
        self._timer = QTimer(self)
        self._timer.setInterval(100)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._show)
        self._item.logged.connect(self._on_logged)
        self._item.changed.connect(self._on_changed)
        self.copy.clicked.connect(self._on_copy)

    @Slot(object)
    def _on_logged(self, lines: tuple[str, ...]) -> None:
        self._pending.extend(lines)
        del self._pending[:-LOG_LIMIT]

    @Slot()
    def _on_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _show(self) -> None:
        if self._pending:
            self.log.appendPlainText("\n".join(self._pending))
            self._pending.clear()
        self.curve.show_samples(tuple(self._item.samples))
        facts = sentences.details(self._item)
        if facts != self.facts.toPlainText():
            self.facts.setPlainText(facts)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(sentences.details(self._item))
