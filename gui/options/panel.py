"""What: the target's name, preset, flags, size, destination, and the one button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dumpengine import CaptureOptions, MinidumpType
from gui import format as words
from gui import settings as options
from gui import theme
from gui.captures.remedy import LOW_SPACE
from gui.i18n import tr, tr_n
from gui.options import WIDTH
from gui.options.command import equivalent_command
from gui.options.destination import Destination
from gui.options.estimator import Answer, Estimator, Question
from gui.options.flags import FlagList
from gui.options.part import OptionPart
from gui.options.presets import Choice, Presets
from gui.plain import PlainLabel, set_tip, tip
from gui.processes.entry import Entry
from gui.settings import Settings
from gui.widgets import ElidedLabel, FaintLabel, icon_button, rule


class OptionsPanel(QWidget):
    """The right side of the window.

    Signals:
        dump_wanted: the button was pressed.
        type_changed: another MinidumpType is chosen.
        copy_wanted: copy this text.
    """

    copy_wanted = Signal(str)

    dump_wanted = Signal()
    type_changed = Signal(object)

    def __init__(
        self,
        settings: Settings,
        presets: Presets,
        estimator: Estimator,
        destination: Destination,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._presets = presets
        self._estimator = estimator
        self.destination = destination
        self._targets: tuple[Entry, ...] = ()
        self._answer: Answer | None = None
        self._parts: list[OptionPart] = []
        self._build_ui()
        self._connect()
        self._restore()

    # -- construction ----------------------------------------------------------------------------

    def _build_ui(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._build_target(layout)
        self._build_preset(layout)
        layout.addWidget(self._build_flags(), 1)
        layout.addWidget(rule(self))
        self._build_size(layout)
        layout.addWidget(self.destination)
        self._build_button(layout)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * WIDTH)

    def _build_target(self, layout: QVBoxLayout) -> None:
        self.target = ElidedLabel(self, secondary=False)
        self.target.setObjectName("target")
        font = self.target.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self.target.setFont(font)
        self.command = ElidedLabel(self)
        layout.addWidget(self.target)
        layout.addWidget(self.command)

    def _build_preset(self, layout: QVBoxLayout) -> None:
        self.preset = QComboBox(self)
        self.preset.setObjectName("preset")
        self.preset.setAccessibleName(tr("Preset"))
        self.sentence = PlainLabel("", self)
        self.sentence.setWordWrap(True)
        self.sentence.setMinimumHeight(self.fontMetrics().lineSpacing() * 2)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._preset_row = QHBoxLayout()
        self._preset_row.addWidget(self.preset, 1)
        layout.addLayout(self._preset_row)
        layout.addWidget(self.sentence)

    def _build_flags(self) -> QScrollArea:
        self.flags = FlagList(self)
        self.more = QVBoxLayout()
        content = QWidget(self)
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self.flags)
        inside.addLayout(self.more)
        inside.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setAccessibleName(tr("What the dump holds"))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        return scroll

    def _build_size(self, layout: QVBoxLayout) -> None:
        line = QGridLayout()
        self.hex = PlainLabel("", self)
        self.hex.setObjectName("hexType")
        self.hex.setFont(theme.fixed_font())
        self.hex.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.hex.setAccessibleName(tr("The type as a number"))
        self.estimate = PlainLabel("", self)
        self.estimate.setObjectName("estimate")
        self.estimate.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.copy = icon_button("terminal", tr("Copy command"), self, show_text=True)
        set_tip(self.copy, tr("Copy the command that makes the same dump in a terminal"))
        line.addWidget(self.hex, 0, 0)
        line.addWidget(self.copy, 0, 1)
        line.addWidget(self.estimate, 0, 2)
        line.setColumnStretch(2, 1)
        layout.addLayout(line)

    def _build_button(self, layout: QVBoxLayout) -> None:
        self.reason = FaintLabel("", self)
        self.reason.setObjectName("reason")
        self.reason.setWordWrap(True)
        self.reason.setMinimumHeight(self.fontMetrics().lineSpacing())
        keeps = self.reason.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)  # else “Change…” would move under the pointer
        self.reason.setSizePolicy(keeps)
        self.button = QPushButton(tr("Dump this process"), self)
        self.button.setObjectName("dumpButton")
        self.button.setMinimumHeight(round(self.fontMetrics().height() * 2.2))
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        layout.addWidget(self.reason)
        layout.addWidget(self.button)

    def _connect(self) -> None:
        self.preset.activated.connect(self._on_preset_chosen)
        self.flags.changed.connect(self._on_flags_changed)
        self.button.clicked.connect(self.dump_wanted)
        self.copy.clicked.connect(self._on_copy)
        self.destination.changed.connect(self._show_button)
        self._presets.changed.connect(self._fill_presets)
        self._estimator.estimating.connect(self._on_estimating)
        self._estimator.answered.connect(self._on_answered)
        self._estimator.failed.connect(self._on_estimate_failed)

    def _restore(self) -> None:
        self.flags.set_dump_type(self._settings.get(options.DUMP_TYPE))
        self._fill_presets()
        self.show_targets(())

    def save(self) -> None:
        """Keep what is ticked for the next start."""
        self._settings.set(options.DUMP_TYPE, self.dump_type())

    # -- what others ask and tell ----------------------------------------------------------------

    def dump_type(self) -> MinidumpType:
        """Return the chosen type."""
        return self.flags.dump_type()

    def set_dump_type(self, dump_type: MinidumpType) -> None:
        """Choose a type."""
        self.flags.set_dump_type(dump_type)
        self._show_type()

    def add_beside_preset(self, widget: QWidget) -> None:
        """Put a button behind the preset box."""
        self._preset_row.addWidget(widget)

    def add_part(self, part: OptionPart) -> None:
        """Add what is chosen beside the type, below the flags."""
        self._parts.append(part)
        self.more.addWidget(part)
        part.changed.connect(self._show_command)

    def chosen(self) -> CaptureOptions:
        """Return all that is chosen."""
        chosen = CaptureOptions(dump_type=self.dump_type())
        for part in self._parts:
            chosen = part.added_to(chosen)
        return chosen

    def command_line(self) -> str:
        """Return the equivalent command for the chosen process; empty when none is chosen."""
        able = [entry for entry in self._targets if entry.dumpable]
        if len(able) != 1:
            return ""
        row = able[0].row
        path = self.destination.file_for(row.name, row.key.pid)
        return equivalent_command(row.key.pid, self.chosen(), path)

    def show_targets(self, targets: tuple[Entry, ...]) -> None:
        """Say what will be dumped."""
        self._targets = targets
        self.target.setText(_target_words(targets))
        self.command.setText(_command_words(targets))
        able = [entry.key for entry in targets if entry.dumpable]
        for part in self._parts:
            part.show_target(able[0] if len(able) == 1 else None)
        self._ask()
        self._show_button()
        self._show_command()

    def refusal(self) -> str:
        """Return why the button is off, as a sentence; empty when it is on."""
        if not self._targets:
            return tr("Choose a process in the list.")
        refused = [entry.refusal for entry in self._targets if entry.refusal]
        if len(refused) == len(self._targets):
            return refused[0] if len(refused) == 1 else tr("None of these can be dumped.")
        return self._space_words()

    def _space_words(self) -> str:
        """Say when the destination is too small; a little is left for the rest of the system."""
        free = self.destination.free
        if free is None or self._answer is None or self._answer.total + LOW_SPACE <= free:
            return ""
        return tr("Not enough space: about {size} needed, {free} free. {remedy}").format(
            size=words.size(self._answer.total),
            free=words.size(free),
            remedy=tr("Choose another folder or a smaller preset."),
        )

    # -- showing ---------------------------------------------------------------------------------

    @Slot()
    def _fill_presets(self) -> None:
        self.preset.clear()
        for choice in self._presets.choices():
            self.preset.addItem(choice.title, choice)
            self.preset.setItemData(
                self.preset.count() - 1, tip(choice.sentence), Qt.ItemDataRole.ToolTipRole
            )
        own = Choice(tr("Own choice"), MinidumpType.Normal, tr("What you ticked below."))
        self.preset.addItem(own.title, None)
        self._show_type()

    def _show_type(self) -> None:
        dump_type = self.dump_type()
        self.hex.setText(words.hex_type(dump_type))
        last = self.preset.count() - 1
        row = next(
            (row for row in range(last) if self.preset.itemData(row).value == dump_type), last
        )
        self.preset.setCurrentIndex(row)
        choice = self.preset.itemData(row)
        self.sentence.setText(choice.sentence if choice else tr("What you ticked below."))
        self._ask()
        self._show_command()
        self.type_changed.emit(dump_type)

    def _ask(self) -> None:
        keys = tuple(entry.key for entry in self._targets if entry.dumpable)
        question = Question(keys, self.dump_type()) if keys else None
        if question is None:
            self._answer = None
            self.estimate.setText("")
            self.flags.show_shares({})
        self._estimator.ask(question)

    @Slot()
    def _show_button(self) -> None:
        count = len([entry for entry in self._targets if entry.dumpable])
        reason = self.refusal()
        self.button.setText(tr_n("Dump this process", "Dump these %n processes", max(count, 1)))
        self.button.setEnabled(not reason)
        set_tip(self.button, reason)
        self.reason.setText(reason or self._left_out_words())
        self.reason.setVisible(bool(self.reason.text()))
        (theme.plain if reason else theme.accent)(self.button)

    def _left_out_words(self) -> str:
        refused = [entry for entry in self._targets if not entry.dumpable]
        if not refused:
            return ""
        names = ", ".join(f"{entry.row.name} ({entry.key.pid})" for entry in refused)
        return tr("Left out, because they cannot be dumped: {names}").format(names=names)

    @Slot()
    def _show_command(self) -> None:
        command = self.command_line()
        self.copy.setEnabled(bool(command))
        set_tip(self.copy, command or tr("Choose a single process to see the command."))

    @Slot()
    def _on_copy(self) -> None:
        self.copy_wanted.emit(self.command_line())

    # -- slots -----------------------------------------------------------------------------------

    @Slot(int)
    def _on_preset_chosen(self, row: int) -> None:
        choice = self.preset.itemData(row)
        if choice:
            self.flags.set_dump_type(choice.value)
        self._show_type()

    @Slot(object)
    def _on_flags_changed(self, _dump_type: MinidumpType) -> None:
        self._show_type()

    @Slot()
    def _on_estimating(self) -> None:
        self._answer = None
        self.estimate.setText(tr("estimating…"))
        self._show_button()

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        self._answer = answer
        self.estimate.setText(tr("about {size}").format(size=words.size(answer.total)))
        set_tip(self.estimate, words.exact(answer.total))
        self.flags.show_shares(answer.shares)
        self._show_button()

    @Slot(str)
    def _on_estimate_failed(self, why: str) -> None:
        self.estimate.setText(tr("size not known"))
        set_tip(self.estimate, why)
        self.flags.show_shares({})

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._show_button()


def _target_words(targets: tuple[Entry, ...]) -> str:
    if not targets:
        return tr("No process chosen")
    if len(targets) == 1:
        return f"{targets[0].row.name} · {targets[0].key.pid}"
    return tr("{count} processes").format(count=len(targets))


def _command_words(targets: tuple[Entry, ...]) -> str:
    if not targets:
        return tr("Choose one in the list.")
    if len(targets) == 1:
        return targets[0].row.cmdline or targets[0].row.exe or tr("Command line not readable")
    return ", ".join(f"{entry.row.name} ({entry.key.pid})" for entry in targets)
