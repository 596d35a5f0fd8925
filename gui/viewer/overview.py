"""The first page: what a person wants to know before passing a dump on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dumpengine import DumpDescription, MinidumpType, Stacks, flags_of, stack_lines
from gui import format as words
from gui import theme
from gui.captures.words import type_name
from gui.i18n import tr, tr_n
from gui.plain import PlainLabel, set_tip
from gui.stacks.findings import FindingsList
from gui.theme import Tone
from gui.viewer.kinds import areas, held_by_kind
from gui.viewer.loader import Loaded

_SHOWN = 12
_HOLDS_MEMORY = MinidumpType.WithFullMemory | MinidumpType.WithPrivateReadWriteMemory


def headline(found: DumpDescription) -> str:
    """Return who, when, where."""
    parts = [f"{found.process.name or tr('unknown program')} ({found.process.pid})"]
    if found.header.timestamp:
        parts.append(tr("dumped at {time}").format(time=words.moment(found.header.timestamp)))
    return ", ".join([*parts, found.system.architecture, found.system.name])


def second_line(found: DumpDescription) -> str:
    """Return type, size, counts, and what is missing."""
    missing = tr_n("1 thing is missing", "%n things are missing", len(found.missing))
    return " · ".join(
        [
            type_name(int(found.header.flags)),
            words.size(found.size),
            tr_n("1 thread", "%n threads", len(found.threads)),
            tr_n("1 module", "%n modules", len(found.modules)),
            missing if found.missing else tr("nothing missing"),
        ]
    )


def opens_in(loaded: Loaded) -> str:
    """Return who can open the dump."""
    able = [reader for reader, can in loaded.report.readers.items() if can]
    if not able:
        return tr("No known debugger opens it.")
    opens = tr("Opens in: {readers}").format(readers=", ".join(able))
    walk = [reader for reader, how in loaded.report.stacks.items() if how == "yes"]
    stacks = tr("Stacks in: {readers}").format(readers=", ".join(["DumpDesk", *walk]))
    return f"{opens} · {stacks}" if loaded.report.stacks else opens


def secrets(found: DumpDescription) -> str:
    """Return what in the dump should not be passed on without a thought; may be empty."""
    held = []
    if int(found.header.flags) & _HOLDS_MEMORY:
        held.append(tr("the program's memory"))
    held += dict.fromkeys(tr(stream.holds) for stream in found.streams if stream.holds)
    if not held:
        return ""
    sentence = tr("Holds {things}: passwords, keys and personal data may be among them.")
    return sentence.format(things=", ".join(held))


class Overview(QScrollArea):
    """Shows the first page of a loaded dump: what hangs, then what it is.

    Signals:
        thread_wanted: a finding was clicked; it is the id of its first thread.
    """

    thread_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("Overview"))
        self._stacks: Stacks | None = None

    def show_dump(self, loaded: Loaded) -> None:
        """Show this dump."""
        page = QWidget(self)
        layout = QVBoxLayout(page)
        found = loaded.description
        layout.addLayout(self._findings())
        if found.stop is not None:
            layout.addWidget(_text(f"{found.stop.sentence}\n{found.stop.place}", bold=True))
        if warning := secrets(found):
            label = _text(f"⚠ {warning}")
            label.setObjectName("secretsWarning")
            theme.tint(label, Tone.CAUTION)
            layout.addWidget(label)
        layout.addLayout(self._facts(loaded))
        self._list(layout, tr("What is missing"), list(found.missing))
        remarks = [f"{remark.where}: {remark.what}" for remark in found.remarks]
        findings = [f"{f.where}: {f.what}" for f in loaded.report.findings]
        self._list(layout, tr("Remarks"), list(dict.fromkeys(remarks + findings)))
        self._list(layout, tr("Comments"), list(found.comments))
        layout.addStretch(1)
        self.setWidget(page)

    def _findings(self) -> QVBoxLayout:
        self.findings = FindingsList(self)
        self.findings.thread_wanted.connect(self.thread_wanted)
        self.copy_report = QPushButton(tr("Copy &report"), self)
        set_tip(self.copy_report, tr("Copy findings and call stacks as text, for a bug ticket"))
        self.copy_report.setEnabled(False)
        self.copy_report.clicked.connect(self._on_copy)
        layout = QVBoxLayout()
        layout.addWidget(self.findings)
        layout.addWidget(self.copy_report, 0, Qt.AlignmentFlag.AlignLeft)
        return layout

    def show_stacks(self, stacks: Stacks) -> None:
        """Show what the walked stacks mean."""
        self._stacks = stacks
        self.findings.show_findings(stacks.findings)
        self.copy_report.setEnabled(True)

    @Slot()
    def _on_copy(self) -> None:
        if self._stacks is not None:
            QGuiApplication.clipboard().setText("\n".join(stack_lines(self._stacks)))

    def _facts(self, loaded: Loaded) -> QGridLayout:
        found = loaded.description
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setHorizontalSpacing(self.fontMetrics().averageCharWidth() * 2)
        kinds = held_by_kind(areas(found)).items()
        memory = ", ".join(f"{kind.title} {words.size(n)}" for kind, n in kinds if n)
        flags = ", ".join(tr(flag.title) for flag in flags_of(int(found.header.flags)))
        facts = (
            (tr("Program"), found.process.path or found.process.name),
            (tr("Command line"), " ".join(found.process.command_line)),
            (tr("Started"), words.moment(found.process.created)),
            (tr("System"), _system(found)),
            (tr("Memory held"), f"{words.size(found.memory_bytes)}: {memory}"),
            (tr("Made with"), found.system.writer),
            (tr("Holds"), flags),
            (tr("File"), str(loaded.path)),
        )
        for row, (title, value) in enumerate(facts):
            if value:
                grid.addWidget(_text(title, bold=True), row, 0, Qt.AlignmentFlag.AlignTop)
                grid.addWidget(_text(value), row, 1)
        return grid

    def _list(self, layout: QVBoxLayout, title: str, items: list[str]) -> None:
        if not items:
            return
        layout.addWidget(_text(title, bold=True))
        more = len(items) - _SHOWN
        shown = items[:_SHOWN] + ([tr("and {n} more").format(n=more)] if more > 0 else [])
        layout.addWidget(_text("\n".join(f"· {item}" for item in shown)))


def _system(found: DumpDescription) -> str:
    system = found.system
    processors = tr_n("1 processor", "%n processors", system.processor_count)
    return ", ".join(part for part in (system.name, processors, system.processor) if part)


def _text(text: str, bold: bool = False) -> QLabel:
    label = PlainLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
        label.setWordWrap(len(text) > 40)
    return label
