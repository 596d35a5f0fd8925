"""A checkbox for every MINIDUMP_TYPE bit, each with a sentence, its share and its quarrels."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QStyle, QVBoxLayout, QWidget

from dumpengine import FLAGS, ON_WINDOWS, DumpFlag, FlagGroup, MinidumpType, contradictions
from gui import format as words
from gui import theme
from gui.i18n import tr
from gui.options.section import Section
from gui.plain import PlainLabel, set_tip
from gui.theme import Tone
from gui.widgets import FaintLabel


class FlagRow(QWidget):
    """One bit: checkbox, its share of the size at the right edge, its sentence below.

    Signals:
        changed: the user ticked or unticked it.
    """

    changed = Signal()

    def __init__(self, flag: DumpFlag, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.flag = flag
        self._build_ui()
        self.box.clicked.connect(self._on_clicked)

    def _build_ui(self) -> None:
        self.box = QCheckBox(tr(self.flag.title), self)
        self.box.setObjectName(self.flag.name)
        self.box.setAccessibleDescription(tr(self.flag.sentence))
        self.share = FaintLabel("", self)
        self.share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.sentence = FaintLabel(tr(self.flag.sentence), self)
        self.sentence.setWordWrap(True)
        self.quarrel = PlainLabel("", self)
        self.quarrel.setObjectName("contradiction")
        self.quarrel.setWordWrap(True)
        self.quarrel.hide()
        set_tip(self, self._tip())
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(0)
        layout.setColumnMinimumWidth(0, _text_indent(self.box))
        layout.setColumnStretch(1, 1)
        layout.addWidget(self.box, 0, 0, 1, 2)
        layout.addWidget(self.share, 0, 2)
        layout.addWidget(self.sentence, 1, 1, 1, 2)
        layout.addWidget(self.quarrel, 2, 1, 1, 2)
        self._tone()

    def _tip(self) -> str:
        here = self.flag.windows if ON_WINDOWS else self.flag.linux
        return f"{self.flag.api_name} · 0x{int(self.flag.value):X}\n{here}"

    def _tone(self) -> None:
        theme.tint(self.quarrel, Tone.CAUTION)

    def show_share(self, size: int | None) -> None:
        """Show what this flag adds to the dump; None when nothing is known."""
        self.share.setText("" if not size else words.size(size))
        set_tip(self.share, "" if not size else words.exact(size))

    def show_quarrel(self, sentences: tuple[str, ...]) -> None:
        """Show with what this flag is at odds."""
        self.quarrel.setText("\n".join(f"⚠ {tr(sentence)}" for sentence in sentences))
        self.quarrel.setVisible(bool(sentences))

    @Slot()
    def _on_clicked(self) -> None:
        self.changed.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._tone()


def _text_indent(box: QCheckBox) -> int:
    """Return where the text of a checkbox begins."""
    style, metric = box.style(), QStyle.PixelMetric
    mark = style.pixelMetric(metric.PM_IndicatorWidth, None, box)
    return mark + style.pixelMetric(metric.PM_CheckBoxLabelSpacing, None, box)


class FlagList(QWidget):
    """All bits in their groups.

    Signals:
        changed: the user changed the type; it is a MinidumpType.
    """

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[MinidumpType, FlagRow] = {}
        self.sections: dict[FlagGroup, Section] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for group in FlagGroup:
            layout.addWidget(self._build_section(group))

    def _build_section(self, group: FlagGroup) -> Section:
        section = Section(tr(group.value), self, opened=group is FlagGroup.MEMORY)
        for flag in FLAGS:
            if flag.group is group:
                row = FlagRow(flag, section)
                row.changed.connect(self._on_row_changed)
                self.rows[flag.value] = row
                section.content.addWidget(row)
        self.sections[group] = section
        return section

    def dump_type(self) -> MinidumpType:
        """Return what is ticked."""
        value = MinidumpType.Normal
        for flag, row in self.rows.items():
            if row.box.isChecked():
                value |= flag
        return value

    def set_dump_type(self, dump_type: int) -> None:
        """Tick the bits of a type."""
        for flag, row in self.rows.items():
            row.box.setChecked(bool(dump_type & flag))
        self._show_quarrels()
        self._show_notes()

    def show_shares(self, shares: Mapping[MinidumpType, int]) -> None:
        """Show each flag's share of the size, by flag."""
        for flag, row in self.rows.items():
            row.show_share(shares.get(flag))

    @Slot()
    def _on_row_changed(self) -> None:
        self._show_quarrels()
        self._show_notes()
        self.changed.emit(self.dump_type())

    def _show_quarrels(self) -> None:
        quarrels: dict[MinidumpType, list[str]] = {}
        for pair in contradictions(self.dump_type()):
            quarrels.setdefault(pair.flag, []).append(pair.sentence)
        for flag, row in self.rows.items():
            row.show_quarrel(tuple(quarrels.get(flag, ())))

    def _show_notes(self) -> None:
        for group, section in self.sections.items():
            rows = [row for row in self.rows.values() if row.flag.group is group]
            ticked = sum(row.box.isChecked() for row in rows)
            section.show_note(
                tr("{count} of {all}").format(count=ticked, all=len(rows)) if ticked else ""
            )
