"""Groups of threads on the left, the frames of the chosen one on the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from dumpengine import Frame, Stacks
from gui.i18n import tr
from gui.stacks.fields import FrameRow, GroupRow, frame_fields, group_fields, group_rows
from gui.viewer.table import RowsView


class StacksView(QSplitter):
    """Shows the stacks of one look.

    Signals:
        group_chosen: another group is current; it is the :class:`GroupRow`.
    """

    group_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.stacks: Stacks | None = None
        self.groups = RowsView(tr("Groups of threads"), group_fields(), self)
        self.frames = RowsView(tr("Frames"), frame_fields(), self)
        self.addWidget(self.groups)
        self.addWidget(self.frames)
        self.setStretchFactor(0, 2)
        self.setStretchFactor(1, 3)
        self.groups.row_chosen.connect(self._on_group)

    def show_stacks(self, stacks: Stacks, still: frozenset[int] | None = None) -> None:
        """Show these; the chosen thread stays chosen where it still is there.

        ``still`` are the threads that did not move since an earlier look.
        """
        chosen = self.chosen_thread()
        self.stacks = stacks
        self.groups.show_rows(group_rows(stacks, still))
        self.groups.setColumnHidden(len(group_fields()) - 1, still is None)
        if not self.show_thread(chosen):
            self.groups.selectRow(0)

    def chosen_thread(self) -> int | None:
        """The first thread of the chosen group, None without one."""
        current = self.groups.currentIndex()
        if not current.isValid():
            return None
        row: GroupRow = self.groups.rows_model.rows[current.row()]
        return row.threads[0].id if row.threads else None

    @Slot(object)
    def choose_thread(self, tid: int | None) -> None:
        """Choose the group of a thread where there is one.

        A slot that returns something crashes PySide6 6.5 when a signal calls it.
        """
        self.show_thread(tid)

    def show_thread(self, tid: int | None) -> bool:
        """Choose the group of a thread; returns whether there is one."""
        for place, row in enumerate(self.groups.rows_model.rows):
            if any(thread.id == tid for thread in row.threads):
                self.groups.selectRow(place)
                return True
        return False

    def show_frames(self, frames: tuple[Frame, ...]) -> None:
        """Show the frames of one stack."""
        self.frames.show_rows([FrameRow(number, frame) for number, frame in enumerate(frames)])

    @Slot(object)
    def _on_group(self, row: GroupRow) -> None:
        self.show_frames(row.frames)
        self.group_chosen.emit(row)
