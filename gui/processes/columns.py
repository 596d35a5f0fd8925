"""The list's columns, declared once: header, text, order, tooltip, width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from gui import format as words
from gui.i18n import tr
from gui.processes.entry import Entry

UNKNOWN = "–"
SortKey = float | int | str | None


class ColumnId(Enum):
    """Names that stay, whatever order the columns are in."""

    NAME = "name"
    PID = "pid"
    USER = "user"
    CPU = "cpu"
    MEMORY = "memory"
    THREADS = "threads"
    ARCH = "arch"
    STATE = "state"
    STARTED = "started"
    COMMAND = "command"
    PID_HEX = "pid_hex"
    PARENT = "parent"
    PROGRAM = "program"
    WINDOW = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. ``sort`` gives None for a fact that could not be read: those come last.

    ``sample`` is the widest usual text, from which the width comes. ``descending`` is the order of
    the first click.
    """

    id: ColumnId
    title: str
    tooltip: str
    text: Callable[[Entry], str]
    sort: Callable[[Entry], SortKey]
    sample: str
    tip: Callable[[Entry], str] | None = None
    numeric: bool = False
    shown: bool = True
    descending: bool = False


def _text(value: str | None) -> str:
    return UNKNOWN if value is None else value


def _lower(value: str | None) -> str | None:
    return None if value is None else value.casefold()


def _unread(value: object, tip: str) -> str:
    return tip if value is not None else tr("The system does not let you read this.")


def _memory_tip(entry: Entry) -> str:
    rss = entry.row.rss
    return _unread(rss, words.exact(rss or 0))


def make_columns() -> tuple[Column, ...]:
    """Return the columns in the user's language.

    A new one comes last: the arrangement that was kept counts them from the first.
    """
    return (*_usual_columns(), *_more_columns())


def _usual_columns() -> tuple[Column, ...]:
    return (
        Column(
            id=ColumnId.NAME,
            title=tr("Name"),
            tooltip=tr("The program's name"),
            text=lambda entry: entry.row.name,
            sort=lambda entry: entry.row.name.casefold(),
            sample="gnome-settings-daemon-xx",
            tip=lambda entry: entry.row.exe or entry.row.name,
        ),
        Column(
            id=ColumnId.PID,
            title=tr("PID"),
            tooltip=tr("Process id; the search finds it in decimal and hexadecimal"),
            text=lambda entry: str(entry.row.key.pid),
            sort=lambda entry: entry.row.key.pid,
            sample="4194304",
            tip=lambda entry: hex(entry.row.key.pid),
            numeric=True,
        ),
        Column(
            id=ColumnId.USER,
            title=tr("User"),
            tooltip=tr("Who the process runs as"),
            text=lambda entry: _text(entry.row.user),
            sort=lambda entry: _lower(entry.row.user),
            sample="www-data",
            tip=lambda entry: _unread(entry.row.user, entry.row.user or ""),
        ),
        Column(
            id=ColumnId.CPU,
            title=tr("CPU"),
            tooltip=tr("Processor time used since the last look, 100 is one whole core"),
            text=lambda e: UNKNOWN if e.row.cpu_percent is None else f"{e.row.cpu_percent:.1f}",
            sort=lambda entry: entry.row.cpu_percent,
            sample="1600.0",
            tip=lambda entry: _unread(entry.row.cpu_percent, ""),
            numeric=True,
            descending=True,
        ),
        Column(
            id=ColumnId.MEMORY,
            title=tr("Memory"),
            tooltip=tr("Memory the process has in use now (resident)"),
            text=lambda e: UNKNOWN if e.row.rss is None else words.megabytes(e.row.rss),
            sort=lambda entry: entry.row.rss,
            sample="88,888.8 MB",
            tip=_memory_tip,
            numeric=True,
            descending=True,
        ),
        Column(
            id=ColumnId.THREADS,
            title=tr("Threads"),
            tooltip=tr("Number of threads"),
            text=lambda e: UNKNOWN if e.row.threads is None else str(e.row.threads),
            sort=lambda entry: entry.row.threads,
            sample="8888",
            tip=lambda entry: _unread(entry.row.threads, ""),
            numeric=True,
            descending=True,
        ),
        Column(
            id=ColumnId.ARCH,
            title=tr("Arch"),
            tooltip=tr("The instruction set the program runs"),
            text=lambda entry: entry.row.arch or UNKNOWN,
            sort=lambda entry: entry.row.arch or None,
            sample="arm64",
            tip=lambda entry: _unread(entry.row.arch or None, entry.row.arch),
        ),
        Column(
            id=ColumnId.STATE,
            title=tr("State"),
            tooltip=tr("Anything special, and why a process cannot be dumped"),
            text=lambda entry: entry.state,
            sort=lambda entry: entry.state.casefold() or None,
            sample="traced by gdb",
            tip=lambda entry: entry.refusal or entry.state,
        ),
    )


def _more_columns() -> tuple[Column, ...]:
    return (
        Column(
            id=ColumnId.STARTED,
            title=tr("Started"),
            tooltip=tr("When the process started"),
            text=lambda entry: words.moment(entry.row.started),
            sort=lambda entry: entry.row.started,
            sample="2026-12-28 23:59",
            shown=False,
            descending=True,
        ),
        Column(
            id=ColumnId.COMMAND,
            title=tr("Command line"),
            tooltip=tr("The program with its arguments"),
            text=lambda entry: _text(entry.row.cmdline),
            sort=lambda entry: _lower(entry.row.cmdline),
            sample="/usr/lib/program --with",
            tip=lambda entry: _unread(entry.row.cmdline, entry.row.cmdline or ""),
        ),
        Column(
            id=ColumnId.PID_HEX,
            title=tr("PID (hex)"),
            tooltip=tr("Process id in hexadecimal"),
            text=lambda entry: hex(entry.row.key.pid),
            sort=lambda entry: entry.row.key.pid,
            sample="0x3fffff",
            numeric=True,
            shown=False,
        ),
        Column(
            id=ColumnId.PARENT,
            title=tr("Parent"),
            tooltip=tr("Process id of the parent"),
            text=lambda entry: str(entry.row.ppid),
            sort=lambda entry: entry.row.ppid,
            sample="4194304",
            numeric=True,
            shown=False,
        ),
        Column(
            id=ColumnId.PROGRAM,
            title=tr("Program"),
            tooltip=tr("The program's file"),
            text=lambda entry: _text(entry.row.exe),
            sort=lambda entry: _lower(entry.row.exe),
            sample="/usr/lib/firefox/firefox",
            tip=lambda entry: _unread(entry.row.exe, entry.row.exe or ""),
            shown=False,
        ),
        Column(
            id=ColumnId.WINDOW,
            title=tr("Window"),
            tooltip=tr("The titles of the program's windows; Wayland does not tell them"),
            text=lambda entry: " · ".join(entry.windows.titles),
            sort=lambda entry: _lower(" · ".join(entry.windows.titles)) or None,
            sample="Inbox – Mail program",
            tip=lambda entry: "\n".join(entry.windows.titles),
            shown=False,
        ),
    )
