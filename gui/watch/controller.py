"""What the window does when a watch is wanted, and when one has something to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

import dumpengine
from dumpengine import CaptureOptions
from gui.i18n import tr
from gui.options.destination import Destination
from gui.options.presets import Presets
from gui.outside import Outside
from gui.processes.panel import ProcessPanel
from gui.watch.item import WatchItem, WatchState
from gui.watch.panel import WatchesPanel
from gui.watch.service import WatchService
from gui.watch.sheet import WatchSheet

if TYPE_CHECKING:
    from dumpengine import CaptureRequest, Dumped, Event, WatchRequest


class WatchController(QObject):
    """Main thread. ``chosen`` gives what is ticked.

    Signals:
        started: a watch was armed, or is being.
        dumped: the CaptureRequest, as it were, and the CaptureResult of a dump that a watch made.
        changed: how many watches are armed.
    """

    started = Signal()
    dumped = Signal(object, object)
    changed = Signal(int)

    def __init__(
        self,
        outside: Outside,
        processes: ProcessPanel,
        presets: Presets,
        destination: Destination,
        chosen: Callable[[], CaptureOptions],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._outside = outside
        self._processes = processes
        self._presets = presets
        self._destination = destination
        self._chosen = chosen
        self._window = window
        self.service = WatchService(outside.services.watch, self)
        self.panel = WatchesPanel(self.service, window)
        self._connect()

    def _connect(self) -> None:
        self.service.told.connect(self._on_told)
        self.service.ended.connect(self._on_ended)
        self.panel.folder_wanted.connect(self._on_folder_wanted)
        self._processes.listed.connect(self._on_listed)

    def close(self) -> None:
        """End all watches."""
        self.service.close()

    @Slot()
    def ask(self) -> None:
        """Ask for what the selected process is to be dumped."""
        for entry in self._processes.selected()[:1]:
            chosen = self._chosen()
            sheet = WatchSheet(entry, self._presets, chosen, self._destination, self._window)
            sheet.wanted.connect(self._on_wanted)
            sheet.open()

    @Slot(object)
    def _on_wanted(self, request: WatchRequest) -> None:
        request.plan.folder.mkdir(parents=True, exist_ok=True)
        self.service.start(request)
        self.started.emit()
        self.changed.emit(len(self.service.active()))

    @Slot()
    def _on_listed(self) -> None:
        for sheet in self._window.findChildren(WatchSheet):
            entry = self._processes.find_process(sheet.pid)
            if entry is not None:
                sheet.show_now(entry)

    @Slot(object, object)
    def _on_told(self, item: WatchItem, event: Event) -> None:
        if isinstance(event, dumpengine.Dumped):
            self.dumped.emit(_as_asked(item.request, event), event.result)
        elif isinstance(event, dumpengine.Failed):
            title = tr("{program} was not dumped").format(program=event.who)
            self._outside.desktop.notify(self._window, title, event.error.cause, True)

    @Slot(object)
    def _on_ended(self, item: WatchItem) -> None:
        self.changed.emit(len(self.service.active()))
        if item.state is WatchState.FAILED and not item.dumped:
            title = tr("{name} is not watched").format(name=item.request.name)
            self._outside.desktop.notify(self._window, title, item.why, True)

    @Slot(object)
    def _on_folder_wanted(self, path: Path) -> None:
        self._outside.desktop.open_folder(path.parent)


def _as_asked(request: WatchRequest, event: Dumped) -> CaptureRequest:
    """Return the dump as if it had been asked for, with the reason as its comment."""
    result = event.result
    options = replace(
        request.plan.options,
        dump_type=dumpengine.MinidumpType(result.dump_type),
        comment=" and ".join(event.reasons),
    )
    key = dumpengine.ProcessKey(result.pid, request.key.started)
    return dumpengine.CaptureRequest(
        key=key, name=event.name, path=Path(result.path or ""), options=options
    )
