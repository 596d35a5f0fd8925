"""The threads' page: what each does, and behind it registers and stack."""

from __future__ import annotations

import logging
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSplitter, QWidget

from dumpengine import Stacks, ThreadDescription
from gui import format as words
from gui.background import Background
from gui.i18n import tr
from gui.stacks.fields import GroupRow
from gui.stacks.view import StacksView
from gui.viewer import fields
from gui.viewer.loader import Loaded
from gui.viewer.resolve import ModuleMap, Symbols, ThreadWords, stack_words
from gui.viewer.table import RowsView
from gui.widgets import FaintLabel

_log = logging.getLogger("dumpdesk.viewer")
_REGISTERS = (
    *("rip", "rsp", "rbp", "rax", "rbx", "rcx", "rdx", "rsi", "rdi"),
    *("r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"),
    *("eip", "esp", "ebp", "eax", "ebx", "ecx", "edx", "esi", "edi"),
    *("pc", "sp", "lr", *(f"x{number}" for number in range(31))),
)
_NARROW = ("x86", "arm")


class ThreadsPage(QSplitter):
    """Groups and threads on the left; the chosen one's frames, registers and stack on the right.

    Frames and the names of functions come a moment later: files are read for them.
    """

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._stacks: Stacks | None = None
        self._background = background
        self._loaded: Loaded | None = None
        self._symbols = Symbols(())
        self._shown: ThreadWords | None = None
        self.table = RowsView(tr("Threads"), fields.thread_fields(), self)
        self.registers = RowsView(tr("Registers"), fields.register_fields(), self)
        self.stack = RowsView(tr("Stack"), fields.stack_fields(), self)
        self.note = FaintLabel(tr("The stacks are being walked…"), self)
        self.note.setWordWrap(True)
        self.view = StacksView(self)
        below = QSplitter(Qt.Orientation.Horizontal, self)
        for place, (table, share) in enumerate(
            ((self.table, 3), (self.registers, 2), (self.stack, 3))
        ):
            below.addWidget(table)
            below.setStretchFactor(place, share)
        self.addWidget(self.note)
        self.addWidget(self.view)
        self.addWidget(below)
        self.table.row_chosen.connect(self._on_thread)
        self.view.group_chosen.connect(self._on_group)

    def show_stacks(self, stacks: Stacks) -> None:
        """Show the frames that were walked; the chosen thread stays chosen."""
        self._stacks = stacks
        self.note.setText("\n".join(stacks.warnings))
        self.note.setVisible(bool(stacks.warnings))
        chosen = self._chosen()
        self.view.show_stacks(stacks)
        if chosen is not None:
            self.choose_thread(chosen)

    @Slot(object)
    def show_no_stacks(self, error: Exception) -> None:
        """Say why there are none."""
        self.note.setText(words.cause(error))

    def choose_thread(self, tid: int) -> None:
        """Choose a thread by its id."""
        for place, thread in enumerate(self.table.rows_model.rows):
            if thread.tid == tid:
                self.table.selectRow(place)
                return

    def _chosen(self) -> int | None:
        current = self.table.currentIndex()
        return self.table.rows_model.rows[current.row()].tid if current.isValid() else None

    @Slot(object)
    def _on_group(self, row: GroupRow) -> None:
        if row.threads and self._chosen() not in {thread.id for thread in row.threads}:
            self.choose_thread(row.threads[0].id)

    def show_dump(self, loaded: Loaded) -> None:
        """Show this dump's threads, the one that stopped first."""
        self._loaded = loaded
        self._symbols = Symbols(loaded.dump.snapshot().modules)
        self.table.show_rows(loaded.description.threads)
        if loaded.description.threads:
            stop = loaded.description.stop
            tids = [thread.tid for thread in loaded.description.threads]
            self.table.selectRow(tids.index(stop.thread) if stop and stop.thread in tids else 0)

    @Slot(object)
    def _on_thread(self, thread: ThreadDescription) -> None:
        if self._loaded is None:
            return
        if self._chosen() is not None:
            self.view.show_thread(self._chosen())
        found = _read_thread(self._loaded, thread)
        self._show(found)
        work = partial(found.named, self._symbols)
        self._background.run(self, work, self._on_named, self._on_not_named)

    def _on_named(self, found: ThreadWords) -> None:
        if self._shown and self._shown.thread is found.thread and found != self._shown:
            self._show(found)

    def _on_not_named(self, error: Exception) -> None:
        _log.info("no names of functions: %s", error)

    def _show(self, found: ThreadWords) -> None:
        self._shown = found
        self.registers.show_rows(found.registers)
        self.stack.show_rows(found.stack)


def _read_thread(loaded: Loaded, thread: ThreadDescription) -> ThreadWords:
    modules = ModuleMap(loaded.dump.snapshot().modules)
    values = thread.registers
    names = sorted(values, key=_register_place)
    size = 4 if loaded.description.system.architecture in _NARROW else 8
    pointer = int(thread.stack_pointer)
    return ThreadWords(
        thread,
        tuple((name, values[name], modules.name(values[name])) for name in names),
        stack_words(loaded.dump, pointer, size) if pointer else (),
    )


def _register_place(name: str) -> int:
    """The order a person looks for registers in; what is not named here follows as it comes."""
    return _REGISTERS.index(name) if name in _REGISTERS else len(_REGISTERS)
