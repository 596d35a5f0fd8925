"""All settings in one place. What is changed holds at once; there is nothing to confirm."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gui import settings as options
from gui.file_manager_menu import FileManagerMenu
from gui.i18n import tr
from gui.plain import set_tip
from gui.settings import Settings
from gui.theme import Scheme
from gui.widgets import FaintLabel

_MOST_DAYS = 3650
_MOST_GIGABYTES = 100_000


def scheme_titles() -> dict[Scheme, str]:
    """Return the appearances with their names."""
    return {
        Scheme.SYSTEM: tr("As the system"),
        Scheme.LIGHT: tr("Light"),
        Scheme.DARK: tr("Dark"),
    }


class SettingsDialog(QDialog):
    """Writes to the settings as one changes them.

    Signals:
        scheme_changed: another appearance (a Scheme).
        rate_changed: seconds between two looks at the processes.
    """

    scheme_changed = Signal(object)
    rate_changed = Signal(object)

    def __init__(
        self,
        settings: Settings,
        parent: QWidget | None = None,
        menu: FileManagerMenu | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._menu = menu
        self._build_ui()
        self._restore()
        self._connect()

    def _build_ui(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Settings"))
        form = QFormLayout()
        self.scheme = QComboBox(self)
        for scheme, title in scheme_titles().items():
            self.scheme.addItem(title, scheme.value)
        self.rate = QComboBox(self)
        for seconds in options.RATES:
            self.rate.addItem(tr("{n} s").format(n=seconds), seconds)
        self.confirm = QCheckBox(tr("Ask before dumping what keeps passwords or keys"), self)
        self.file_manager = QCheckBox(self._menu.question if self._menu else "", self)
        self.days = self._spin(_MOST_DAYS, tr(" days"), tr("Delete dumps older than"))
        self.gigabytes = self._spin(_MOST_GIGABYTES, tr(" GB"), tr("Keep at most"))
        form.addRow(tr("&Appearance"), self.scheme)
        form.addRow(tr("Look at the &processes every"), self.rate)
        form.addRow("", self.confirm)
        self.symbols = self._folders_box()
        form.addRow(tr("Programs and s&ymbols in"), self.symbols)
        self.problem = FaintLabel("", self)
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.problem.hide()
        form.addRow("", self.file_manager)
        form.addRow("", self.problem)
        form.addRow(tr("Delete dumps &older than"), self.days)
        form.addRow(tr("Keep at &most"), self.gigabytes)
        note = FaintLabel(
            tr("Only dumps of the history that have not been changed since are ever deleted."), self
        )
        note.setWordWrap(True)
        place = FaintLabel(tr("Kept in {path}").format(path=self._settings.path), self)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        for widget in (note, place, buttons):
            layout.addWidget(widget)

    def _spin(self, most: int, suffix: str, name: str) -> QSpinBox:
        spin = QSpinBox(self)
        spin.setRange(0, most)
        spin.setSuffix(suffix)
        spin.setSpecialValueText(tr("Keep for ever"))
        spin.setAccessibleName(name)
        return spin

    def _folders_box(self) -> QLineEdit:
        box = QLineEdit(self)
        box.setAccessibleName(tr("Folders with programs and symbols"))
        set_tip(
            box,
            tr(
                "Files named by a dump are opened only in these folders and the system's, for the "
                "names and lines of call stacks. Several are separated by “{separator}”."
            ).format(separator=os.pathsep),
        )
        return box

    def _restore(self) -> None:
        get = self._settings.get
        self.scheme.setCurrentIndex(list(Scheme).index(get(options.SCHEME)))
        self.rate.setCurrentIndex(options.RATES.index(get(options.RATE)))
        folders = get(options.SYMBOL_FOLDERS)
        self.symbols.setText(os.pathsep.join(folders))
        self.confirm.setChecked(get(options.CONFIRM_SENSITIVE))
        self.days.setValue(get(options.KEEP_DAYS))
        self._restore_file_manager()
        self.gigabytes.setValue(get(options.KEEP_GIGABYTES))

    def _restore_file_manager(self) -> None:
        self.file_manager.setVisible(self._menu is not None)
        if self._menu is None:
            return
        self.file_manager.setChecked(self._menu.shown)
        if self._menu.for_everybody:
            self.file_manager.setEnabled(False)
            set_tip(self.file_manager, tr("The installer added this for all users."))

    def _connect(self) -> None:
        self.scheme.activated.connect(self._on_scheme)
        self.rate.activated.connect(self._on_rate)
        self.confirm.toggled.connect(self._on_confirm)
        self.symbols.editingFinished.connect(self._on_symbols)
        self.file_manager.clicked.connect(self._on_file_manager)
        self.days.valueChanged.connect(self._on_days)
        self.gigabytes.valueChanged.connect(self._on_gigabytes)

    @Slot(int)
    def _on_scheme(self, _row: int) -> None:
        scheme = Scheme(self.scheme.currentData())
        self._settings.set(options.SCHEME, scheme)
        self.scheme_changed.emit(scheme)

    @Slot(int)
    def _on_rate(self, _row: int) -> None:
        self._settings.set(options.RATE, int(self.rate.currentData()))
        self.rate_changed.emit(int(self.rate.currentData()))

    @Slot(bool)
    def _on_confirm(self, confirm: bool) -> None:
        self._settings.set(options.CONFIRM_SENSITIVE, confirm)

    @Slot()
    def _on_symbols(self) -> None:
        folders = [text.strip() for text in self.symbols.text().split(os.pathsep)]
        self._settings.set(options.SYMBOL_FOLDERS, tuple(filter(None, folders)))

    @Slot(bool)
    def _on_file_manager(self, show: bool) -> None:
        if self._menu is None:
            return
        try:
            self._menu.show(show)
        except OSError as error:
            why = tr("The menus could not be changed: {why}.").format(why=error.strerror)
            self.problem.setText(why)
        else:
            self.problem.clear()
        self.problem.setVisible(bool(self.problem.text()))
        self.file_manager.setChecked(self._menu.shown)

    @Slot(int)
    def _on_days(self, days: int) -> None:
        self._settings.set(options.KEEP_DAYS, days)

    @Slot(int)
    def _on_gigabytes(self, gigabytes: int) -> None:
        self._settings.set(options.KEEP_GIGABYTES, gigabytes)
