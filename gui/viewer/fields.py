"""The columns of the viewer's tables."""

from __future__ import annotations

from typing import Any

from gui import format as words
from gui.i18n import tr
from gui.viewer.table import Field


def _address(value: int) -> str:
    return f"0x{int(value):016x}"


def _number(title: str, name: str) -> Field:
    return Field(title, lambda row: f"{getattr(row, name):,}", lambda row: getattr(row, name), True)


def _size(title: str, name: str) -> Field:
    return Field(
        title,
        lambda row: words.size(getattr(row, name)),
        lambda row: getattr(row, name),
        numeric=True,
    )


def _at(title: str, name: str) -> Field:
    return Field(
        title,
        lambda row: _address(getattr(row, name)),
        lambda row: int(getattr(row, name)),
        fixed=True,
    )


def _text(title: str, name: str) -> Field:
    return Field(title, lambda row: str(getattr(row, name)))


def _seconds(row: Any) -> float:
    return float(row.user_time + row.kernel_time)


def thread_fields() -> tuple[Field, ...]:
    """Columns of the threads."""
    return (
        Field(tr("Thread"), lambda row: str(row.tid), lambda row: row.tid, numeric=True),
        _text(tr("Name"), "name"),
        Field(tr("At"), lambda row: str(row.place or row.missing or "–")),
        _at(tr("Stack pointer"), "stack_pointer"),
        _size(tr("Stack held"), "stack_held"),
        Field(
            tr("Processor time"),
            lambda row: words.span(_seconds(row) * 1000) if _seconds(row) else "–",
            _seconds,
            numeric=True,
        ),
    )


def register_fields() -> tuple[Field, ...]:
    """Columns of a thread's registers: (name, value, meaning)."""
    return (
        Field(tr("Register"), lambda row: row[0]),
        Field(tr("Value"), lambda row: f"0x{row[1]:x}", lambda row: row[1], fixed=True),
        Field(tr("Points to"), lambda row: row[2]),
    )


def stack_fields() -> tuple[Field, ...]:
    """Columns of a stack's words."""
    return (
        _at(tr("Address"), "address"),
        _at(tr("Value"), "value"),
        _text(tr("Points to"), "meaning"),
    )


def module_fields() -> tuple[Field, ...]:
    """Columns of the modules."""
    return (
        _text(tr("Name"), "name"),
        _at(tr("Base"), "base"),
        _size(tr("Size"), "size"),
        _text(tr("Version"), "version"),
        _text(tr("Build id"), "identifier"),
        _text(tr("Path"), "path"),
    )


def area_fields() -> tuple[Field, ...]:
    """Columns of the memory map."""
    return (
        _at(tr("Start"), "start"),
        _size(tr("Size"), "size"),
        _size(tr("In the dump"), "held"),
        Field(tr("Kind"), lambda row: row.kind.title),
        _text(tr("Access"), "protection"),
        _text(tr("Name"), "name"),
    )


def handle_fields() -> tuple[Field, ...]:
    """Columns of the handles."""
    return (
        Field(tr("Handle"), lambda row: f"{int(row.handle)}", lambda row: int(row.handle), True),
        _text(tr("Type"), "type"),
        _text(tr("Name"), "name"),
    )


def stream_fields() -> tuple[Field, ...]:
    """Columns of the streams."""
    return (
        Field(tr("Type"), lambda row: f"0x{row.type:x}", lambda row: row.type, fixed=True),
        _text(tr("Name"), "name"),
        _size(tr("Size"), "size"),
        _number(tr("Offset"), "rva"),
    )
