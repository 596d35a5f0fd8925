"""The pages behind the first: threads, memory, bytes."""

from __future__ import annotations

import logging

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from dumpengine import read_memory
from gui import format as words
from gui import theme
from gui.i18n import tr
from gui.plain import PlainLabel
from gui.viewer import fields
from gui.viewer.kinds import Area, Kind, areas, held_by_kind
from gui.viewer.loader import Loaded
from gui.viewer.picture import MemoryPicture, kind_colour
from gui.viewer.resolve import (
    ModuleMap,
    hex_lines,
    strings,
)
from gui.viewer.table import RowsView
from gui.widgets import FaintLabel

_log = logging.getLogger("dumpdesk.viewer")
_PAGE = 4096


class MemoryPage(QWidget):
    """The picture, its legend, and the same as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = MemoryPicture(self)
        self.legend = QHBoxLayout()
        self.words = FaintLabel(tr("Click an area to see what it is."), self)
        self.table = RowsView(tr("Memory map"), fields.area_fields(), self)
        layout = QVBoxLayout(self)
        layout.addWidget(self.picture)
        layout.addLayout(self.legend)
        layout.addWidget(self.words)
        layout.addWidget(self.table, 1)
        self.picture.area_chosen.connect(self._on_area)
        self.table.row_chosen.connect(self._on_row)

    def show_dump(self, loaded: Loaded) -> None:
        """Show this dump's memory."""
        found = areas(loaded.description)
        pictured = tuple(area for area in found if area.kind is not Kind.KERNEL)
        self.picture.show_areas(pictured)
        self.table.show_rows(found)
        for kind, held in held_by_kind(found).items():
            if held:
                self._add_legend(kind, held)
        self.legend.addStretch(1)

    def _add_legend(self, kind: Kind, held: int) -> None:
        mark = PlainLabel("■", self)
        palette = mark.palette()
        palette.setColor(mark.foregroundRole(), kind_colour(kind))
        mark.setPalette(palette)
        self.legend.addWidget(mark)
        self.legend.addWidget(PlainLabel(f"{kind.title} {words.size(held)}", self))
        self.legend.addSpacing(self.fontMetrics().averageCharWidth() * 2)

    @Slot(object)
    def _on_area(self, area: Area) -> None:
        self._on_row(area)
        if area in self.table.rows_model.rows:
            self.table.selectRow(self.table.rows_model.rows.index(area))

    @Slot(object)
    def _on_row(self, area: Area) -> None:
        self.picture.choose(area)
        self.words.setText(self.picture.accessibleDescription())


class BytesPage(QWidget):
    """Bytes and texts at any address."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loaded: Loaded | None = None
        self._modules = ModuleMap(())
        self._build_ui()
        self.address.returnPressed.connect(self._on_address)

    def _build_ui(self) -> None:
        self.address = QLineEdit(self)
        self.address.setFont(theme.fixed_font())
        self.address.setAccessibleName(tr("Address"))
        self.address.setPlaceholderText(tr("Address, such as 0x7f53a8000000, and Enter"))
        self.where = FaintLabel("", self)
        self.hex = _box(tr("Bytes"))
        self.texts = _box(tr("Texts"))
        tabs = QTabWidget(self)
        tabs.setDocumentMode(True)
        tabs.addTab(self.hex, tr("Bytes"))
        tabs.addTab(self.texts, tr("Texts"))
        top = QHBoxLayout()
        top.addWidget(self.address)
        top.addWidget(self.where, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(tabs, 1)

    def show_dump(self, loaded: Loaded) -> None:
        """Show this dump's first bytes of memory."""
        self._loaded = loaded
        self._modules = ModuleMap(loaded.dump.snapshot().modules)
        if loaded.description.ranges:
            self.go_to(int(loaded.description.ranges[0].start))

    def go_to(self, address: int) -> None:
        """Show a page of bytes from ``address`` on."""
        if self._loaded is None:
            return
        data = read_memory(self._loaded.dump.snapshot().memory, address, _PAGE)
        self.address.setText(f"0x{address:x}")
        self.where.setText(
            self._modules.name(address) if data else tr("The dump holds no memory there.")
        )
        self.hex.setPlainText(hex_lines(address, data))
        found = strings(data, address)
        self.texts.setPlainText("\n".join(f"{place:016x}  {text}" for place, text in found))

    @Slot()
    def _on_address(self) -> None:
        text = self.address.text().strip().replace("`", "")
        try:
            self.go_to(int(text, 16))
        except ValueError:
            self.where.setText(tr("“{text}” is not an address.").format(text=text))


def _box(name: str) -> QPlainTextEdit:
    box = QPlainTextEdit()
    box.setReadOnly(True)
    box.setFont(theme.fixed_font())
    box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    box.setAccessibleName(name)
    return box
