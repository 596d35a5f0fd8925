"""Where dumps go: the folder, its free space, how files are named."""

from __future__ import annotations

import os
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDir, QStandardPaths, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QToolButton, QWidget

from gui import format as words
from gui import settings as options
from gui.background import Background
from gui.i18n import tr
from gui.plain import PlainLabel, set_tip
from gui.services import Services
from gui.settings import Settings
from gui.widgets import ElidedLabel, icon_button

_EXAMPLE_PID = 4711
_LOOK = 3000  # milliseconds between two looks at the free space, while it is shown


class Destination(QWidget):
    """Folder and file-name template, remembered.

    Signals:
        changed: folder, template or free space are others now.
    """

    changed = Signal()

    def __init__(
        self,
        settings: Settings,
        services: Services,
        background: Background,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._services = services
        self._background = background
        self.free: int | None = None
        self._asked: Path | None = None  # the folder whose space is being measured
        self._build_ui()
        self._connect()
        self._show()

    def _build_ui(self) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(2)
        self.path = ElidedLabel(self, Qt.TextElideMode.ElideMiddle, secondary=False)
        self.path.setAccessibleName(tr("Destination folder"))
        self.space = PlainLabel("", self)
        self.space.setObjectName("freeSpace")
        self.change: QToolButton = icon_button("folder", tr("Change…"), self, show_text=True)
        self.change.setAccessibleName(tr("Change the destination folder"))
        self.template = QLineEdit(self)
        self.template.setObjectName("fileName")
        self.template.setAccessibleName(tr("File name"))
        set_tip(
            self.template,
            tr("How files are named. Use {parts} and any text.").format(
                parts="{name} {pid} {date} {time}"
            ),
        )
        label = PlainLabel(tr("File &name"), self)
        label.setBuddy(self.template)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self.path, 0, 0, 1, 2)
        layout.addWidget(self.space, 0, 2)
        layout.addWidget(self.change, 0, 3)
        layout.addWidget(label, 1, 0)
        layout.addWidget(self.template, 1, 1, 1, 3)

    def _connect(self) -> None:
        self.change.clicked.connect(self.choose)
        self.template.editingFinished.connect(self._on_template_edited)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK)
        self._timer.timeout.connect(self._on_timer)
        self._timer.start()

    @property
    def folder(self) -> Path:
        """The chosen folder; it is made when the first dump needs it."""
        return self._settings.dump_folder()

    def set_folder(self, folder: Path) -> None:
        """Use another folder from now on."""
        self._settings.set(options.FOLDER, str(folder))
        self._show()
        self.changed.emit()

    def file_for(self, name: str, pid: int, taken: frozenset[Path] = frozenset()) -> Path:
        """Return a path no file and no running capture has."""
        template = self._settings.get(options.TEMPLATE)
        wanted = self.folder / self._services.file_name(template, name, pid, datetime.now())
        path, number = wanted, 2
        while path in taken or os.path.lexists(path):
            path = wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}")
            number += 1
        return path

    @Slot()
    def choose(self) -> None:
        """Ask for another folder, without holding up the window."""
        dialog = QFileDialog(self, tr("Where dumps go"), str(_existing(self.folder)))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_folder_chosen)
        dialog.open()

    def refresh_space(self) -> None:
        """Measure the free space again; a disk that does not answer is not asked twice."""
        if self._asked == self.folder:
            return
        folder = self._asked = self.folder
        self._background.run(
            self,
            lambda: self._services.free_space(_existing(folder)),
            partial(self._on_space, folder),
            partial(self._on_space_unknown, folder),
        )

    @Slot()
    def _on_timer(self) -> None:
        if self.isVisible() and not self.window().isMinimized():
            self.refresh_space()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh_space()

    def _show(self) -> None:
        self.path.setText(_short(self.folder))
        self.template.setText(self._settings.get(options.TEMPLATE))
        self.refresh_space()

    def _on_space(self, folder: Path, free: int | None) -> None:
        if folder == self._asked:
            self._asked = None
        if folder != self.folder:  # another one was chosen meanwhile
            return
        known = tr("{size} free").format(size=words.size(free or 0))
        self.space.setText(tr("space not known") if free is None else known)
        if free != self.free:
            self.free = free
            self.changed.emit()

    def _on_space_unknown(self, folder: Path, _error: Exception) -> None:
        self._on_space(folder, None)

    @Slot(str)
    def _on_folder_chosen(self, folder: str) -> None:
        self.set_folder(Path(folder))

    @Slot()
    def _on_template_edited(self) -> None:
        text = self.template.text().strip() or options.DEFAULT_TEMPLATE
        example = self._services.file_name(text, "program", _EXAMPLE_PID, datetime.now())
        set_tip(self.template, tr("For example: {name}").format(name=example))
        self._settings.set(options.TEMPLATE, text)
        self.template.setText(text)
        self.changed.emit()


def _existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _short(folder: Path) -> str:
    home = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.HomeLocation)
    try:
        inside = folder.relative_to(home)
    except ValueError:
        return QDir.toNativeSeparators(str(folder))
    return QDir.toNativeSeparators(f"~/{inside}") if str(inside) != "." else "~"
