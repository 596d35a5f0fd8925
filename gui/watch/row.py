"""The row of a watch: what it waits for, what is read now, when it fired, stop."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import time

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

import dumpengine
from dumpengine import Above
from gui import format as words
from gui.i18n import tr, tr_n
from gui.plain import set_tip
from gui.watch.item import WatchItem, WatchState
from gui.watch.level import LevelCurve
from gui.widgets import ElidedLabel, icon_button, rule

_TICK = 1000  # milliseconds: how long it has been armed


class WatchRow(QWidget):
    """Follows a :class:`WatchItem`.

    Signals:
        dump_wanted, stop_wanted, remove_wanted: the item.
        look_wanted, folder_wanted: the path of its last dump.
    """

    dump_wanted = Signal(object)
    stop_wanted = Signal(object)
    remove_wanted = Signal(object)
    look_wanted = Signal(object)
    folder_wanted = Signal(object)

    def __init__(self, item: WatchItem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.item = item
        self._build_ui()
        self._connect()
        self._show()

    def _build_ui(self) -> None:
        outer = QVBoxLayout(self)
        grid = QGridLayout()
        self.title = ElidedLabel(self, secondary=False)
        self.state = ElidedLabel(self)
        self.state.setObjectName("watchState")
        levels = [c for c in self.item.request.plan.conditions if isinstance(c, Above)]
        self.above = levels[0] if levels else None
        grid.addWidget(self.title, 0, 0)
        grid.addWidget(self.state, 1, 0)
        if self.above is not None:
            self.curve = LevelCurve(partial(dumpengine.amount, self.above.measure), self)
            grid.addWidget(self.curve, 0, 1, 2, 1)
        grid.addLayout(self._buttons(), 0, 2, 2, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        outer.addLayout(grid)
        outer.addWidget(rule(self))

    def _buttons(self) -> QHBoxLayout:
        self.look = icon_button("look", tr("Look inside"), self)
        self.folder = icon_button("folder", tr("Open folder"), self)
        self.dump = icon_button("dump", tr("Dump now"), self, show_text=True)
        set_tip(self.dump, tr("Dump it now, through the watch, which goes on"))
        self.stop = icon_button("cancel", tr("Stop"), self, show_text=True)
        set_tip(self.stop, tr("Watch no more; the process runs on"))
        self.remove = icon_button("delete", tr("Remove from the list"), self)
        row = QHBoxLayout()
        for button in (self.look, self.folder, self.dump, self.stop, self.remove):
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        self.item.changed.connect(self._show)
        self.dump.clicked.connect(self._on_dump)
        self.stop.clicked.connect(self._on_stop)
        self.remove.clicked.connect(self._on_remove)
        self.look.clicked.connect(self._on_look)
        self.folder.clicked.connect(self._on_folder)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._show)
        self._timer.start()

    @Slot()
    def _show(self) -> None:
        item, request = self.item, self.item.request
        over = item.state.over
        who = tr("all called {name}") if request.by_name else "{name} ({pid})"
        who = who.format(name=request.name, pid=request.key.pid)
        self.title.setText(f"{who}: {request.plan.words}")
        self.state.setText(sentence(item, time()))
        set_tip(self.title, " ".join([self.title.text(), *item.notes]))
        self.dump.setVisible(item.state is WatchState.ARMED)
        self.stop.setVisible(not over)
        self.remove.setVisible(over)
        for button in (self.look, self.folder):
            button.setVisible(bool(item.dumped))
        if over:
            self._timer.stop()
        if self.above is not None:
            measure = self.above.measure
            values = [each[measure] for each in item.samples if measure in each]
            self.curve.show_values(values, self.above.threshold)

    def _path(self) -> Path:
        return Path(self.item.dumped[-1].result.path or "")

    @Slot()
    def _on_dump(self) -> None:
        self.dump_wanted.emit(self.item)

    @Slot()
    def _on_stop(self) -> None:
        self.stop_wanted.emit(self.item)

    @Slot()
    def _on_remove(self) -> None:
        self.remove_wanted.emit(self.item)

    @Slot()
    def _on_look(self) -> None:
        self.look_wanted.emit(self._path())

    @Slot()
    def _on_folder(self) -> None:
        self.folder_wanted.emit(self._path())


def sentence(item: WatchItem, now: float) -> str:
    """Return what a row says of its watch at the time ``now``."""
    parts = []
    if item.state is WatchState.ARMING:
        parts.append(tr("being armed"))
    elif item.state is WatchState.ARMED:
        parts += [f"{dumpengine.amount(measure, value)}" for measure, value in item.last.items()]
        parts.append(tr("armed {time}").format(time=words.clock(now - item.armed_at)))
    if item.fired_at:
        fired = tr("fired {when}: {why}")
        why = tr(" and ").join(item.reasons)
        parts.append(fired.format(when=words.moment(item.fired_at), why=why))
    if item.dumped:
        count = tr_n("1 dump", "%n dumps", len(item.dumped))
        parts.append(f"{count} → {Path(item.dumped[-1].result.path or '').name}")
    if item.why and (item.state.over or not item.dumped):
        parts.append(item.why)
    return " · ".join(parts)
