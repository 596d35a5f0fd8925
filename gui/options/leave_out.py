"""Untick the threads and modules that are to be left out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from dumpengine import CaptureOptions, ProcessKey
from gui import format as words
from gui.background import Background
from gui.i18n import tr
from gui.options.section import Section
from gui.plain import PlainLabel, set_tip
from gui.services import Services
from gui.widgets import FaintLabel

_LINES = 7
_VALUE = Qt.ItemDataRole.UserRole


class LeaveOut(Section):
    """Two lists of one process, fetched when the section is open."""

    def __init__(self, services: Services, background: Background, parent: QWidget) -> None:
        self._services = services
        self._background = background
        self._key: ProcessKey | None = None
        self._fetched: ProcessKey | None = None
        super().__init__(tr("Leave out threads, modules…"), parent)
        self._build_lists()
        self.head.clicked.connect(self._fetch)
        self._show_note()

    def _build_lists(self) -> None:
        self.hint = FaintLabel(tr("Untick what the dump is to leave out."), self)
        self.hint.setWordWrap(True)
        self.threads = self._list(tr("Threads"))
        self.modules = self._list(tr("Modules"))
        self.content.addWidget(self.hint)
        for title, box in ((tr("Threads"), self.threads), (tr("Modules"), self.modules)):
            label = PlainLabel(title, self)
            label.setBuddy(box)
            self.content.addWidget(label)
            self.content.addWidget(box)

    def _list(self, name: str) -> QListWidget:
        box = QListWidget(self)
        box.setAccessibleName(name)
        box.setUniformItemSizes(True)
        box.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES)
        box.itemChanged.connect(self._on_item_changed)
        return box

    def show_target(self, key: ProcessKey | None) -> None:
        """See OptionPart."""
        if key == self._key:
            return
        self._key = key
        self._fetched = None
        self._fill((), ())
        self._fetch()

    def added_to(self, chosen: CaptureOptions) -> CaptureOptions:
        """See OptionPart."""
        return replace(
            chosen, exclude_threads=self.threads_out(), exclude_modules=self.modules_out()
        )

    def threads_out(self) -> frozenset[int]:
        """Return the ids of the unticked threads."""
        return frozenset(int(value) for value in _unticked(self.threads))

    def modules_out(self) -> frozenset[str]:
        """Return the names of the unticked modules."""
        return frozenset(str(value) for value in _unticked(self.modules))

    @Slot()
    def _fetch(self) -> None:
        key = self._key
        if not self.opened or key is None or key == self._fetched:
            return
        self._fetched = key
        self._background.run(
            self,
            lambda: (self._services.threads(key), self._services.modules(key)),
            partial(self._on_fetched, key),
            partial(self._on_failed, key),
        )

    def _on_fetched(
        self,
        key: ProcessKey,
        found: tuple[tuple[tuple[int, str], ...], tuple[tuple[str, str, int], ...]],
    ) -> None:
        if key == self._key:
            self._fill(*found)

    def _on_failed(self, key: ProcessKey, error: Exception) -> None:
        if key == self._key:
            self.hint.setText(words.cause(error))

    def _fill(
        self, threads: tuple[tuple[int, str], ...], modules: tuple[tuple[str, str, int], ...]
    ) -> None:
        self.hint.setText(
            tr("Untick what the dump is to leave out.")
            if self._key
            else tr("Choose a single process.")
        )
        for box in (self.threads, self.modules):
            box.blockSignals(True)
            box.clear()
        for tid, name in threads:
            _add(self.threads, f"{tid}  {name}", tid, "")
        for name, path, size in modules:
            _add(self.modules, f"{name}  ({words.size(size)})", name, path)
        for box in (self.threads, self.modules):
            box.blockSignals(False)
        self._show_note()
        self.changed.emit()

    def _show_note(self) -> None:
        count = len(self.threads_out()) + len(self.modules_out())
        self.show_note(tr("{count} left out").format(count=count) if count else "")

    @Slot(QListWidgetItem)
    def _on_item_changed(self, _item: QListWidgetItem) -> None:
        self._show_note()
        self.changed.emit()


def _add(box: QListWidget, text: str, value: int | str, tip: str) -> None:
    item = QListWidgetItem(text, box)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Checked)
    item.setData(_VALUE, value)
    set_tip(item, tip)


def _unticked(box: QListWidget) -> list[int | str]:
    items = (box.item(row) for row in range(box.count()))
    return [item.data(_VALUE) for item in items if item.checkState() is Qt.CheckState.Unchecked]
