"""The columns of the viewer's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui import format as words
from gui.i18n import tr
from gui.viewer.columns import Columns
from gui.viewer.kinds import Area
from gui.viewer.resolve import Register, StackWord
from gui.viewer.table import Field

if TYPE_CHECKING:
    from dumpengine import (
        HandleDescription,
        ModuleDescription,
        StreamDescription,
        ThreadDescription,
    )


def _seconds(thread: ThreadDescription) -> float:
    return float(thread.user_time + thread.kernel_time)


def thread_fields() -> tuple[Field[ThreadDescription], ...]:
    """Columns of the threads."""
    columns: Columns[ThreadDescription] = Columns()
    return (
        columns.sorted(tr("Thread"), lambda row: str(row.tid), lambda row: row.tid),
        columns.text(tr("Name"), lambda row: row.name),
        columns.text(tr("At"), lambda row: str(row.place or row.missing or "–")),
        columns.at(tr("Stack pointer"), lambda row: row.stack_pointer),
        columns.size(tr("Stack held"), lambda row: row.stack_held),
        columns.sorted(
            tr("Processor time"),
            lambda row: words.span(_seconds(row) * 1000) if _seconds(row) else "–",
            _seconds,
        ),
    )


def register_fields() -> tuple[Field[Register], ...]:
    """Columns of a thread's registers: (name, value, meaning)."""
    columns: Columns[Register] = Columns()
    return (
        columns.text(tr("Register"), lambda row: row[0]),
        columns.sorted(tr("Value"), lambda row: f"0x{row[1]:x}", lambda row: row[1], fixed=True),
        columns.text(tr("Points to"), lambda row: row[2]),
    )


def stack_fields() -> tuple[Field[StackWord], ...]:
    """Columns of a stack's words."""
    columns: Columns[StackWord] = Columns()
    return (
        columns.at(tr("Address"), lambda row: row.address),
        columns.at(tr("Value"), lambda row: row.value),
        columns.text(tr("Points to"), lambda row: row.meaning),
    )


def module_fields() -> tuple[Field[ModuleDescription], ...]:
    """Columns of the modules."""
    columns: Columns[ModuleDescription] = Columns()
    return (
        columns.text(tr("Name"), lambda row: row.name),
        columns.at(tr("Base"), lambda row: row.base),
        columns.size(tr("Size"), lambda row: row.size),
        columns.text(tr("Version"), lambda row: row.version),
        columns.text(tr("Build id"), lambda row: row.identifier),
        columns.text(tr("Path"), lambda row: row.path),
    )


def area_fields() -> tuple[Field[Area], ...]:
    """Columns of the memory map."""
    columns: Columns[Area] = Columns()
    return (
        columns.at(tr("Start"), lambda row: row.start),
        columns.size(tr("Size"), lambda row: row.size),
        columns.size(tr("In the dump"), lambda row: row.held),
        columns.text(tr("Kind"), lambda row: row.kind.title),
        columns.text(tr("Access"), lambda row: row.protection),
        columns.text(tr("Name"), lambda row: row.name),
    )


def handle_fields() -> tuple[Field[HandleDescription], ...]:
    """Columns of the handles."""
    columns: Columns[HandleDescription] = Columns()
    return (
        columns.sorted(tr("Handle"), lambda row: f"{int(row.handle)}", lambda row: int(row.handle)),
        columns.text(tr("Type"), lambda row: row.type),
        columns.text(tr("Name"), lambda row: row.name),
    )


def stream_fields() -> tuple[Field[StreamDescription], ...]:
    """Columns of the streams."""
    columns: Columns[StreamDescription] = Columns()
    return (
        columns.sorted(tr("Type"), lambda row: f"0x{row.type:x}", lambda row: row.type, fixed=True),
        columns.text(tr("Name"), lambda row: row.name),
        columns.size(tr("Size"), lambda row: row.size),
        columns.number(tr("Offset"), lambda row: row.rva),
    )
