"""Questions and messages. None of them holds up the window; tests replace :class:`Dialogs`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6 import QtWidgets
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget

import dumpengine
from gui.i18n import tr
from gui.plain import tip


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; ``answers`` are (id, button text), the last one is what Esc means."""

    title: str
    text: str
    details: str
    answers: tuple[tuple[str, str], ...]


class Dialogs:
    """Asks without blocking: the answer comes to a function."""

    def ask(self, parent: QWidget, question: Question, answered: Callable[[str], None]) -> None:
        """Show a question and call ``answered`` with the id of the answer."""
        box = QtWidgets.QMessageBox(parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QtWidgets.QMessageBox.Icon.Question)
        box.setWindowTitle(question.title)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(dumpengine.printable_lines(question.text))
        box.setInformativeText(tip(question.details))
        ids: dict[QAbstractButton, str] = {}
        for answer, text in question.answers:
            ids[box.addButton(text, QtWidgets.QMessageBox.ButtonRole.ActionRole)] = answer
        last = next(reversed(ids))
        box.setEscapeButton(last)
        if isinstance(last, QtWidgets.QPushButton):
            box.setDefaultButton(last)  # Enter does no harm: else it would be the first
        box.buttonClicked.connect(lambda button: answered(ids[button]))
        box.open()

    def tell(self, parent: QWidget, title: str, text: str) -> None:
        """Show a message."""
        box = QtWidgets.QMessageBox(parent)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(dumpengine.printable_lines(text))
        box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        box.open()

    def pick_dump(self, parent: QWidget, folder: Path, picked: Callable[[Path], None]) -> None:
        """Ask for a dump file."""
        pattern = tr("Dumps (*.dmp *.mdmp);;All files (*)")
        dialog = QtWidgets.QFileDialog(parent, tr("Open dump"), str(folder), pattern)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: picked(Path(name)))
        dialog.open()

    def ask_text(
        self, parent: QWidget, title: str, label: str, answered: Callable[[str], None]
    ) -> None:
        """Ask for a line of text."""
        dialog = QtWidgets.QInputDialog(parent)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(title)
        dialog.setLabelText(label)
        dialog.textValueSelected.connect(answered)
        dialog.open()
