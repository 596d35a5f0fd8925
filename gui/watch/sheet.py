"""*Watch...*: one small sheet that asks for what a process is to be dumped."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

import dumpengine
from dumpengine import CaptureOptions, DumpError, Measure, MinidumpType, Plan, WatchRequest
from gui.i18n import tr
from gui.options.destination import Destination
from gui.options.presets import Presets
from gui.plain import set_tip
from gui.processes.entry import Entry
from gui.watch.level import LevelCurve
from gui.widgets import FaintLabel, icon_button

_MEGA = 1_000_000
_SAMPLES = 300
_HALF_MORE = 1.5  # what memory is offered as a threshold, of what it is now


class WatchSheet(QDialog):
    """Asks; prefilled from what the process does now.

    Signals:
        wanted: a WatchRequest.
    """

    wanted = Signal(object)

    def __init__(
        self,
        entry: Entry,
        presets: Presets,
        chosen: CaptureOptions,
        destination: Destination,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._entry = entry
        self._presets = presets
        self._chosen = chosen
        self._destination = destination
        self._memory: deque[float] = deque(maxlen=_SAMPLES)
        self._build_ui()
        self._connect()
        self._restore()

    # -- construction ----------------------------------------------------------------------------

    def _build_ui(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        row = self._entry.row
        self.setWindowTitle(tr("Watch {name} {pid}").format(name=row.name, pid=row.key.pid))
        self.form = QFormLayout()
        self._build_ends()
        self._build_levels()
        self._build_line()
        self._build_doing()
        self.problem = FaintLabel("", self)
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.watch: QPushButton = buttons.addButton(
            tr("&Watch"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        buttons.rejected.connect(self.close)
        buttons.accepted.connect(self._on_wanted)
        layout = QVBoxLayout(self)
        layout.addWidget(FaintLabel(tr("Dump it when"), self))
        layout.addLayout(self.form)
        layout.addWidget(self.problem)
        layout.addWidget(buttons)

    def _build_ends(self) -> None:
        self.crash = QCheckBox(tr("it &crashes"), self)
        self.exit = QCheckBox(tr("it &ends"), self)
        self.exit_how = QComboBox(self)
        self.exit_how.addItem(tr("in any way"), False)
        self.exit_how.addItem(tr("otherwise than with code 0"), True)
        self.hang = QCheckBox(tr("it &hangs for"), self)
        self.hang_for = self._number(5, " s", tr("Seconds of the hang"))
        set_tip(
            self.hang,
            tr(
                "It waits for a lock that another thread holds, or its main thread for a file, a "
                "device or a pipe, or a thread goes round in circles. Waiting for work is no hang."
            ),
        )
        set_tip(self.crash, tr("It is traced meanwhile: no debugger can attach."))
        if not dumpengine.ON_WINDOWS:
            self.form.addRow(self.crash)
            self.form.addRow(self.exit, self.exit_how)
            self.form.addRow(self.hang, self.hang_for)
        for box in (self.crash, self.exit, self.hang, self.exit_how, self.hang_for):
            box.setVisible(not dumpengine.ON_WINDOWS)

    def _build_levels(self) -> None:
        self.memory = QCheckBox(tr("&memory is at least"), self)
        self.memory_size = self._number(100, " MB", tr("Memory in megabytes"), most=10_000_000)
        self.curve = LevelCurve(partial(dumpengine.amount, Measure.MEMORY), self, can_drag=True)
        set_tip(self.curve, tr("Drag the line to where the process is to be dumped"))
        self.cpu = QCheckBox(tr("C&PU is at least"), self)
        self.cpu_percent = self._number(80, " %", tr("Percent of one processor"), most=100_000)
        set_tip(self.cpu_percent, tr("Of one processor: two busy threads take 200 %"))
        self.cpu_for = self._number(10, " s", tr("Seconds that it lasts"))
        cpu = QHBoxLayout()
        cpu.addWidget(self.cpu_percent)
        cpu.addWidget(FaintLabel(tr("for"), self))
        cpu.addWidget(self.cpu_for)
        cpu.addStretch(1)
        self.form.addRow(self.memory, self.memory_size)
        self.form.addRow(self.curve)
        self.form.addRow(self.cpu, cpu)

    def _build_line(self) -> None:
        self.line = QCheckBox(tr("a &line is added to"), self)
        self.file = QLineEdit(self)
        self.file.setAccessibleName(tr("Log file"))
        self.browse = icon_button("folder", tr("Choose a file…"), self)
        self.pattern = QLineEdit(self)
        self.pattern.setPlaceholderText("ERROR.*timeout")
        self.pattern.setAccessibleName(tr("Expression that the line matches"))
        file = QHBoxLayout()
        file.addWidget(self.file)
        file.addWidget(self.browse)
        self.form.addRow(self.line, file)
        self.form.addRow(tr("that matches"), self.pattern)

    def _build_doing(self) -> None:
        self.preset = QComboBox(self)
        for choice in self._presets.choices():
            self.preset.addItem(choice.title.replace("&", ""), int(choice.value))
        self.count = QSpinBox(self)
        self.count.setRange(1, 1000)
        self.count.setAccessibleName(tr("How often at most"))
        self.spacing = self._number(60, " s", tr("Seconds between two times"), least=0)
        often = QHBoxLayout()
        for widget in (self.count, FaintLabel(tr("times,"), self), self.spacing):
            often.addWidget(widget)
        often.addWidget(FaintLabel(tr("apart"), self))
        often.addStretch(1)
        self.by_name = QCheckBox(tr("also programs of this &name that start later"), self)
        folder = FaintLabel(str(self._destination.folder), self)
        folder.setWordWrap(True)
        self.form.addRow(tr("&Dump it as"), self.preset)
        self.form.addRow(tr("at most"), often)
        self.form.addRow(tr("to"), folder)
        self.form.addRow(self.by_name)

    def _number(
        self, value: int, suffix: str, name: str, *, least: int = 1, most: int = 100_000
    ) -> QDoubleSpinBox:
        spin = QDoubleSpinBox(self)
        spin.setDecimals(0)
        spin.setRange(least, most)
        spin.setSuffix(suffix)
        spin.setValue(value)
        spin.setAccessibleName(name)
        return spin

    def _connect(self) -> None:
        ticks = (self.crash, self.exit, self.hang, self.memory, self.cpu, self.line)
        for tick in ticks:
            tick.toggled.connect(self._show)
        for edit in (self.file, self.pattern):
            edit.textChanged.connect(self._show)
        self.memory_size.valueChanged.connect(self._show)
        self.curve.threshold_moved.connect(self._on_threshold_moved)
        self.browse.clicked.connect(self._on_browse)

    def _restore(self) -> None:
        rss = self._entry.row.rss or 0
        self.memory_size.setValue(max(1, round(rss * _HALF_MORE / _MEGA)))
        at = self.preset.findData(int(self._chosen.dump_type))
        self.preset.setCurrentIndex(max(at, 0))
        self.crash.setChecked(not dumpengine.ON_WINDOWS)
        self.show_now(self._entry)

    @property
    def pid(self) -> int:
        """The process that it asks about."""
        return self._entry.row.key.pid

    # -- what is shown ---------------------------------------------------------------------------

    def show_now(self, entry: Entry) -> None:
        """Take what the process does now into the curve."""
        if entry.row.key == self._entry.row.key and entry.row.rss is not None:
            self._memory.append(float(entry.row.rss))
        self._show()

    @Slot()
    def _show(self) -> None:
        self.curve.show_values(self._memory, self.memory_size.value() * _MEGA)
        for tick, fields in self._fields():
            for field in fields:
                field.setEnabled(tick.isChecked())
        problem = self._problem()
        self.problem.setText(problem)
        self.watch.setEnabled(not problem)

    def _fields(self) -> tuple[tuple[QCheckBox, tuple[QWidget, ...]], ...]:
        return (
            (self.exit, (self.exit_how,)),
            (self.hang, (self.hang_for,)),
            (self.memory, (self.memory_size, self.curve)),
            (self.cpu, (self.cpu_percent, self.cpu_for)),
            (self.line, (self.file, self.browse, self.pattern)),
        )

    def _problem(self) -> str:
        """Why it cannot be watched like this; empty when it can."""
        if self.line.isChecked() and not (self.file.text() and self.pattern.text()):
            return tr("Give the file, and what the line matches.")
        try:
            return "" if self.conditions() else tr("Tick what is to be waited for.")
        except DumpError as error:
            return f"{error.cause} {error.remedy}"

    # -- the answer ------------------------------------------------------------------------------

    def conditions(self) -> tuple[dumpengine.Condition, ...]:
        """Return what is ticked; raises DumpError for an expression that cannot be read."""
        makers: tuple[tuple[QCheckBox, Callable[[], dumpengine.Condition]], ...] = (
            (self.crash, dumpengine.Crashes),
            (self.exit, lambda: dumpengine.Exits(self.exit_how.currentData())),
            (self.hang, lambda: dumpengine.Hangs(self.hang_for.value())),
            (self.memory, self._memory_condition),
            (self.cpu, self._cpu_condition),
            (self.line, lambda: dumpengine.Line(self.file.text(), self.pattern.text())),
        )
        return tuple(make() for tick, make in makers if tick.isChecked())

    def _memory_condition(self) -> dumpengine.Condition:
        return dumpengine.Above(Measure.MEMORY, self.memory_size.value() * _MEGA)

    def _cpu_condition(self) -> dumpengine.Condition:
        return dumpengine.Above(Measure.CPU, self.cpu_percent.value(), self.cpu_for.value())

    def request(self) -> WatchRequest:
        """Return what is asked for."""
        dump_type = MinidumpType(self.preset.currentData())
        options = CaptureOptions(
            dump_type=dump_type, mode=self._chosen.mode, redact=self._chosen.redact
        )
        plan = Plan(
            conditions=self.conditions(),
            options=options,
            folder=self._destination.folder,
            count=self.count.value(),
            spacing=self.spacing.value(),
        )
        row = self._entry.row
        return WatchRequest(key=row.key, name=row.name, plan=plan, by_name=self.by_name.isChecked())

    # -- slots -----------------------------------------------------------------------------------

    @Slot()
    def _on_wanted(self) -> None:
        self.wanted.emit(self.request())
        self.close()

    @Slot(object)
    def _on_threshold_moved(self, value: float) -> None:
        self.memory_size.setValue(max(1, round(value / _MEGA)))

    @Slot()
    def _on_browse(self) -> None:
        dialog = QFileDialog(self, tr("The log file"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.file.setText)
        dialog.open()
