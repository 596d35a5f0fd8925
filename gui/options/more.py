"""How the dump is made, a comment, streams of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QWidget,
)

from dumpengine import CaptureOptions, Mode, UserStream
from gui import format as words
from gui import settings as options
from gui.i18n import tr
from gui.options.section import Section
from gui.plain import set_tip
from gui.settings import Settings
from gui.widgets import icon_button

FIRST_FREE_TYPE = 0x10000
_LARGEST = 64 << 20


def mode_words() -> dict[Mode, tuple[str, str]]:
    """Return each mode's title and sentence."""
    return {
        Mode.AUTO: (
            tr("Automatic"),
            tr("A snapshot where it is possible and worth it, else a stop."),
        ),
        Mode.SNAPSHOT: (
            tr("Snapshot"),
            tr("Copies from a frozen clone: the process stands still for milliseconds."),
        ),
        Mode.STOP: (
            tr("Stop"),
            tr("The process stands still until all is copied; works always."),
        ),
    }


class More(Section):
    """Mode, comment and user streams."""

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(tr("Mode, comment, streams"), parent)
        self._settings = settings
        self.streams: list[UserStream] = []
        self._build_form()
        self._connect()
        self.mode.setCurrentIndex(list(Mode).index(settings.get(options.MODE)))

    def _build_form(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.mode = QComboBox(self)
        self.mode.setAccessibleName(tr("Mode"))
        for mode, (title, sentence) in mode_words().items():
            self.mode.addItem(title, mode.value)
            self.mode.setItemData(self.mode.count() - 1, sentence, Qt.ItemDataRole.ToolTipRole)
        self.comment = QLineEdit(self)
        self.comment.setAccessibleName(tr("Comment"))
        self.comment.setPlaceholderText(tr("Stored in the dump"))
        self.list = QListWidget(self)
        self.list.setAccessibleName(tr("Streams of your own"))
        self.list.setFixedHeight(self.fontMetrics().lineSpacing() * 3)
        self.add = icon_button("open", tr("Add a file…"), self, show_text=True)
        self.remove = icon_button("cancel", tr("Remove"), self, show_text=True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        form.addRow(tr("&Mode"), self.mode)
        form.addRow(tr("Co&mment"), self.comment)
        form.addRow(tr("Streams"), self.list)
        form.addRow("", buttons)
        self.content.addLayout(form)

    def _connect(self) -> None:
        self.mode.currentIndexChanged.connect(self._on_mode)
        self.comment.textChanged.connect(self._on_changed)
        self.add.clicked.connect(self._on_add)
        self.remove.clicked.connect(self._on_remove)

    def chosen_mode(self) -> Mode:
        """Return the mode."""
        return Mode(self.mode.currentData())

    def added_to(self, chosen: CaptureOptions) -> CaptureOptions:
        """See OptionPart."""
        return replace(
            chosen,
            mode=self.chosen_mode(),
            comment=self.comment.text().strip(),
            user_streams=tuple(self.streams),
        )

    def add_file(self, path: Path) -> None:
        """Add a file as the next free user stream."""
        if path.stat().st_size > _LARGEST:
            set_tip(self.list, tr("{name} is larger than 64 MB.").format(name=path.name))
            return
        number = FIRST_FREE_TYPE + len(self.streams)
        self.streams.append(UserStream(number, path.read_bytes(), str(path)))
        self._show_streams()

    def _show_streams(self) -> None:
        self.list.clear()
        for stream in self.streams:
            size = words.size(len(stream.data))
            self.list.addItem(f"0x{stream.type:X}  {Path(stream.file).name}  ({size})")
        self._on_changed("")

    @Slot(int)
    def _on_mode(self, _index: int) -> None:
        self._settings.set(options.MODE, self.chosen_mode())
        self._on_changed("")

    @Slot(str)
    def _on_changed(self, _text: str) -> None:
        sentence = mode_words()[self.chosen_mode()][1]
        set_tip(self.mode, sentence)
        notes = [self.mode.currentText()] if self.chosen_mode() is not Mode.AUTO else []
        notes += [tr("comment")] if self.comment.text() else []
        notes += [tr("streams")] if self.streams else []
        self.show_note(", ".join(notes))
        self.changed.emit()

    @Slot()
    def _on_add(self) -> None:
        dialog = QFileDialog(self, tr("Add a file to the dump"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    @Slot(str)
    def _on_file(self, name: str) -> None:
        try:
            self.add_file(Path(name))
        except OSError as error:
            set_tip(self.list, str(error))

    @Slot()
    def _on_remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            del self.streams[row]
            self._show_streams()
