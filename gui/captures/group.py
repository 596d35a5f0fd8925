"""Captures of one moment as one row: what became of them all, and whether the moment was kept."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from gui import format as words
from gui import theme
from gui.captures.item import CaptureItem
from gui.captures.row import CaptureRow
from gui.i18n import tr, tr_n
from gui.plain import PlainLabel
from gui.theme import Tone
from gui.widgets import ElidedLabel, icon_button, refresh_icons, rule


def group_name(items: Sequence[CaptureItem]) -> str:
    """Return who was dumped: the one that was chosen comes last, after all it started."""
    request = items[-1].request
    started = tr_n("and 1 it started", "and %n it started", len(items) - 1)
    return f"{request.name} · {request.key.pid} {started}"


def group_headline(items: Sequence[CaptureItem]) -> str:
    """Return what became of them: a broken promise first, then what failed, then the rest."""
    results = [item.result for item in items if item.result is not None]
    made = [result for result in results if result.ok]
    failed, left = len(results) - len(made), len(items) - len(results)
    parts = []
    if any(result.of_one_moment is False for result in made):
        parts.append(tr("Not of one moment"))
    elif made and not left:
        parts.append(tr("Of one moment"))
    if failed:
        parts.append(tr("{n} of {count} not dumped").format(n=failed, count=len(items)))
    size = words.size(sum(result.size for result in made))
    parts.append(tr_n("1 dump, {size}", "%n dumps, {size}", len(made)).format(size=size))
    if left:
        parts.append(tr_n("1 still at work", "%n still at work", left))
    return " · ".join(parts)


def group_mark(items: Sequence[CaptureItem]) -> tuple[str, Tone]:
    """Return the icon of it, and its tone."""
    if not all(item.state.ended for item in items):
        return "running", Tone.PLAIN
    results = [item.result for item in items if item.result is not None]
    if any(not result.ok for result in results):
        return "failed", Tone.BAD
    if any(result.of_one_moment is False or result.target_ended for result in results):
        return "warning", Tone.CAUTION
    return "done", Tone.GOOD


class GroupRow(QFrame):
    """Holds the rows of captures of one moment, which open below it.

    Signals:
        cancel_wanted: the CaptureItem of each that is to be cancelled.
    """

    cancel_wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        self.rows: list[CaptureRow] = []
        super().__init__(parent)
        self.setObjectName("captureGroup")
        self._build_ui()
        self.toggle.clicked.connect(self._on_toggle)
        self.cancel.clicked.connect(self._on_cancel)

    def _build_ui(self) -> None:
        unit = self.fontMetrics().averageCharWidth()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        line = QHBoxLayout()
        line.setContentsMargins(unit, unit // 2, unit, unit // 2)
        line.setSpacing(unit)
        self.toggle = icon_button("right", tr("Show each of them"), self)
        self.mark = PlainLabel("", self)
        self.name = ElidedLabel(self, secondary=False)
        font = self.name.font()
        font.setBold(True)
        self.name.setFont(font)
        self.headline = ElidedLabel(self, secondary=False)
        self.cancel = icon_button("cancel", tr("Cancel all of them"), self, show_text=True)
        self.cancel.setObjectName("cancelGroup")
        for widget in (self.toggle, self.mark, self.name, self.headline, self.cancel):
            line.addWidget(widget)
        outer.addLayout(line)
        outer.addWidget(rule(self))
        self.members = QWidget(self)
        self._list = QVBoxLayout(self.members)
        self._list.setContentsMargins(unit * 3, 0, 0, 0)
        self._list.setSpacing(0)
        self.members.hide()
        outer.addWidget(self.members)

    def add(self, row: CaptureRow) -> None:
        """Take in the row of one of them."""
        self.rows.append(row)
        self._list.addWidget(row)
        row.item.changed.connect(self._show)
        self._show()

    def drop(self, row: CaptureRow) -> None:
        """Let go of a row that was taken off the list."""
        self.rows.remove(row)
        if self.rows:
            self._show()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self.rows:
            refresh_icons(self)
            self._show()

    @Slot()
    def _show(self) -> None:
        items = [row.item for row in self.rows]
        icon, tone = group_mark(items)
        height = self.fontMetrics().height()
        self.mark.setPixmap(theme.icon(icon, tone).pixmap(height, height))
        self.name.setText(group_name(items))
        self.headline.setText(group_headline(items))
        self.cancel.setVisible(not all(item.state.ended for item in items))
        self.setAccessibleName(f"{self.name.text()}: {self.headline.text()}")

    @Slot()
    def _on_toggle(self) -> None:
        shown = self.members.isHidden()
        self.members.setVisible(shown)
        self.toggle.setIcon(theme.icon("down" if shown else "right"))
        self.toggle.setProperty("icon_name", "down" if shown else "right")

    @Slot()
    def _on_cancel(self) -> None:
        for row in self.rows:
            if not row.item.state.ended:
                self.cancel_wanted.emit(row.item)
