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


@dataclass(frozen=True, slots=True)
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
            ColumnId.NAME,
            tr("Name"),
            tr("The program's name"),
            lambda entry: entry.row.name,
            lambda entry: entry.row.name.casefold(),
            "gnome-settings-daemon-xx",
            lambda entry: entry.row.exe or entry.row.name,
        ),
        Column(
            ColumnId.PID,
            tr("PID"),
            tr("Process id; the search finds it in decimal and hexadecimal"),
            lambda entry: str(entry.row.key.pid),
            lambda entry: entry.row.key.pid,
            "4194304",
            lambda entry: hex(entry.row.key.pid),
            numeric=True,
        ),
        Column(
            ColumnId.USER,
            tr("User"),
            tr("Who the process runs as"),
            lambda entry: _text(entry.row.user),
            lambda entry: _lower(entry.row.user),
            "www-data",
            lambda entry: _unread(entry.row.user, entry.row.user or ""),
        ),
        Column(
            ColumnId.CPU,
            tr("CPU"),
            tr("Processor time used since the last look, 100 is one whole core"),
            lambda e: UNKNOWN if e.row.cpu_percent is None else f"{e.row.cpu_percent:.1f}",
            lambda entry: entry.row.cpu_percent,
            "1600.0",
            lambda entry: _unread(entry.row.cpu_percent, ""),
            numeric=True,
            descending=True,
        ),
        Column(
            ColumnId.MEMORY,
            tr("Memory"),
            tr("Memory the process has in use now (resident)"),
            lambda e: UNKNOWN if e.row.rss is None else words.megabytes(e.row.rss),
            lambda entry: entry.row.rss,
            "88,888.8 MB",
            _memory_tip,
            numeric=True,
            descending=True,
        ),
        Column(
            ColumnId.THREADS,
            tr("Threads"),
            tr("Number of threads"),
            lambda e: UNKNOWN if e.row.threads is None else str(e.row.threads),
            lambda entry: entry.row.threads,
            "8888",
            lambda entry: _unread(entry.row.threads, ""),
            numeric=True,
            descending=True,
        ),
        Column(
            ColumnId.ARCH,
            tr("Arch"),
            tr("The instruction set the program runs"),
            lambda entry: entry.row.arch or UNKNOWN,
            lambda entry: entry.row.arch or None,
            "arm64",
            lambda entry: _unread(entry.row.arch or None, entry.row.arch),
        ),
        Column(
            ColumnId.STATE,
            tr("State"),
            tr("Anything special, and why a process cannot be dumped"),
            lambda entry: entry.state,
            lambda entry: entry.state.casefold() or None,
            "traced by gdb",
            lambda entry: entry.refusal or entry.state,
        ),
    )


def _more_columns() -> tuple[Column, ...]:
    return (
        Column(
            ColumnId.STARTED,
            tr("Started"),
            tr("When the process started"),
            lambda entry: words.moment(entry.row.started),
            lambda entry: entry.row.started,
            "2026-12-28 23:59",
            shown=False,
            descending=True,
        ),
        Column(
            ColumnId.COMMAND,
            tr("Command line"),
            tr("The program with its arguments"),
            lambda entry: _text(entry.row.cmdline),
            lambda entry: _lower(entry.row.cmdline),
            "/usr/lib/program --with",
            lambda entry: _unread(entry.row.cmdline, entry.row.cmdline or ""),
        ),
        Column(
            ColumnId.PID_HEX,
            tr("PID (hex)"),
            tr("Process id in hexadecimal"),
            lambda entry: hex(entry.row.key.pid),
            lambda entry: entry.row.key.pid,
            "0x3fffff",
            numeric=True,
            shown=False,
        ),
        Column(
            ColumnId.PARENT,
            tr("Parent"),
            tr("Process id of the parent"),
            lambda entry: str(entry.row.ppid),
            lambda entry: entry.row.ppid,
            "4194304",
            numeric=True,
            shown=False,
        ),
        Column(
            ColumnId.PROGRAM,
            tr("Program"),
            tr("The program's file"),
            lambda entry: _text(entry.row.exe),
            lambda entry: _lower(entry.row.exe),
            "/usr/lib/firefox/firefox",
            lambda entry: _unread(entry.row.exe, entry.row.exe or ""),
            shown=False,
        ),
        Column(
            ColumnId.WINDOW,
            tr("Window"),
            tr("The titles of the program's windows; Wayland does not tell them"),
            lambda entry: " · ".join(entry.windows.titles),
            lambda entry: _lower(" · ".join(entry.windows.titles)) or None,
            "Inbox – Mail program",
            lambda entry: "\n".join(entry.windows.titles),
            shown=False,
        ),
    )
