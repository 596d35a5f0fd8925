"""The columns of the viewer's tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from gui import format as words
from gui.i18n import tr
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

T = TypeVar("T")


def _address(value: int) -> str:
    return f"0x{int(value):016x}"


def _number(title: str, value: Callable[[T], int]) -> Field[T]:
    return Field(title, lambda row: f"{value(row):,}", value, numeric=True)


def _size(title: str, value: Callable[[T], int]) -> Field[T]:
    return Field(title, lambda row: words.size(value(row)), value, numeric=True)


def _at(title: str, value: Callable[[T], int]) -> Field[T]:
    return Field(title, lambda row: _address(value(row)), lambda row: int(value(row)), fixed=True)


def _seconds(thread: ThreadDescription) -> float:
    return float(thread.user_time + thread.kernel_time)


def thread_fields() -> tuple[Field[ThreadDescription], ...]:
    """Columns of the threads."""
    return (
        Field(tr("Thread"), lambda row: str(row.tid), lambda row: row.tid, numeric=True),
        Field(tr("Name"), lambda row: row.name),
        Field(tr("At"), lambda row: str(row.place or row.missing or "–")),
        _at(tr("Stack pointer"), lambda row: row.stack_pointer),
        _size(tr("Stack held"), lambda row: row.stack_held),
        Field(
            tr("Processor time"),
            lambda row: words.span(_seconds(row) * 1000) if _seconds(row) else "–",
            _seconds,
            numeric=True,
        ),
    )


def register_fields() -> tuple[Field[Register], ...]:
    """Columns of a thread's registers: (name, value, meaning)."""
    return (
        Field(tr("Register"), lambda row: row[0]),
        Field(tr("Value"), lambda row: f"0x{row[1]:x}", lambda row: row[1], fixed=True),
        Field(tr("Points to"), lambda row: row[2]),
    )


def stack_fields() -> tuple[Field[StackWord], ...]:
    """Columns of a stack's words."""
    return (
        _at(tr("Address"), lambda row: row.address),
        _at(tr("Value"), lambda row: row.value),
        Field(tr("Points to"), lambda row: row.meaning),
    )


def module_fields() -> tuple[Field[ModuleDescription], ...]:
    """Columns of the modules."""
    return (
        Field(tr("Name"), lambda row: row.name),
        _at(tr("Base"), lambda row: row.base),
        _size(tr("Size"), lambda row: row.size),
        Field(tr("Version"), lambda row: row.version),
        Field(tr("Build id"), lambda row: row.identifier),
        Field(tr("Path"), lambda row: row.path),
    )


def area_fields() -> tuple[Field[Area], ...]:
    """Columns of the memory map."""
    return (
        _at(tr("Start"), lambda row: row.start),
        _size(tr("Size"), lambda row: row.size),
        _size(tr("In the dump"), lambda row: row.held),
        Field(tr("Kind"), lambda row: row.kind.title),
        Field(tr("Access"), lambda row: row.protection),
        Field(tr("Name"), lambda row: row.name),
    )


def handle_fields() -> tuple[Field[HandleDescription], ...]:
    """Columns of the handles."""
    return (
        Field(tr("Handle"), lambda row: f"{int(row.handle)}", lambda row: int(row.handle), True),
        Field(tr("Type"), lambda row: row.type),
        Field(tr("Name"), lambda row: row.name),
    )


def stream_fields() -> tuple[Field[StreamDescription], ...]:
    """Columns of the streams."""
    return (
        Field(tr("Type"), lambda row: f"0x{row.type:x}", lambda row: row.type, fixed=True),
        Field(tr("Name"), lambda row: row.name),
        _size(tr("Size"), lambda row: row.size),
        _number(tr("Offset"), lambda row: row.rva),
    )
