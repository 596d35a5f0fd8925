"""A part of the options: what is chosen beside the type."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from dumpengine import CaptureOptions, ProcessKey


class OptionPart(QWidget):
    """Choices of a kind.

    Signals:
        changed: something else is chosen now.
    """

    changed = Signal()

    def added_to(self, chosen: CaptureOptions) -> CaptureOptions:
        """Return ``chosen`` with what is chosen here."""
        raise NotImplementedError

    def show_target(self, key: ProcessKey | None) -> None:
        """Work for this process; None when there is not exactly one."""
