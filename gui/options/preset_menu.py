"""The menu beside the preset box: keep, forget, import and export one's own presets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QToolButton, QWidget

from dumpengine import MinidumpType
from gui.dialogs import Dialogs
from gui.i18n import tr
from gui.options.presets import Presets
from gui.widgets import icon_button


class PresetMenu(QWidget):
    """Owns the button; ``dump_type`` gives what is ticked, ``title`` the preset's name."""

    def __init__(
        self,
        presets: Presets,
        dialogs: Dialogs,
        dump_type: Callable[[], MinidumpType],
        title: Callable[[], str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.hide()
        self._presets = presets
        self._dialogs = dialogs
        self._dump_type = dump_type
        self._title = title
        self.button = icon_button("save", tr("Own presets"), parent)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._build_menu()

    def _build_menu(self) -> None:
        menu = QMenu(self)
        menu.addAction(tr("&Save as preset…")).triggered.connect(self._on_save)
        self.remove = menu.addAction(tr("&Remove this preset"))
        self.remove.triggered.connect(self._on_remove)
        menu.addSeparator()
        menu.addAction(tr("&Import presets…")).triggered.connect(self._on_import)
        menu.addAction(tr("&Export presets…")).triggered.connect(self._on_export)
        menu.aboutToShow.connect(self._on_about_to_show)
        self.button.setMenu(menu)

    @Slot()
    def _on_about_to_show(self) -> None:
        own = {choice.title for choice in self._presets.own()}
        self.remove.setEnabled(self._title() in own)

    @Slot()
    def _on_save(self) -> None:
        dump_type = self._dump_type()
        self._dialogs.ask_text(
            self.button,
            tr("Save as preset"),
            tr("Name of the preset"),
            lambda name: self._presets.save(name, dump_type),
        )

    @Slot()
    def _on_remove(self) -> None:
        self._presets.remove(self._title())

    @Slot()
    def _on_import(self) -> None:
        dialog = self._dialog(tr("Import presets"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.import_file)
        dialog.open()

    @Slot()
    def _on_export(self) -> None:
        dialog = self._dialog(tr("Export presets"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("txt")
        dialog.fileSelected.connect(self.export_file)
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self.button, title, "", tr("Presets (*.txt);;All files (*)"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    @Slot(str)
    def import_file(self, name: str) -> None:
        """Take over the presets of a file."""
        try:
            text = Path(name).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            self._dialogs.tell(self.button, tr("Not imported"), str(error))
            return
        if not self._presets.import_text(text):
            self._dialogs.tell(
                self.button, tr("Not imported"), tr("{name} holds no presets.").format(name=name)
            )

    @Slot(str)
    def export_file(self, name: str) -> None:
        """Write one's own presets to a file."""
        try:
            Path(name).write_text(self._presets.export_text(), encoding="utf-8")
        except OSError as error:
            self._dialogs.tell(self.button, tr("Not exported"), str(error))
