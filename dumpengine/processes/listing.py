"""The process list: the only module that knows psutil.

A process is named by :class:`ProcessKey`, its id *and* its start time, because ids are reused.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol, TypeVar

import psutil

from dumpengine.backends.choose import backend
from dumpengine.backends.vitals import Vitals
from dumpengine.errors import (
    E_ACCESSDENIED,
    E_INVALIDARG,
    DumpError,
    ErrorKind,
    Obstacle,
    never_such_process,
)
from dumpengine.system import ON_WINDOWS
from dumpengine.text import printable

_T = TypeVar("_T")

# A process can become another program (exec) under the same id and start time. Its short name
# tells at once; for the rest the lasting facts are read again after this many polls.
_REFRESH = 16


@dataclass(frozen=True, slots=True, order=True)
class ProcessKey:
    """Identity of a process: id and start time (Unix seconds, 0.0 when unknown)."""

    pid: int
    started: float


@dataclass(frozen=True, slots=True)
class ProcessHandle(ProcessKey):
    """A process that the caller holds open: the system's handle is used, with the rights it has.

    On Linux, where that makes no difference, the handle is not used.
    """

    handle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRow:
    """One process as a list shows it. None, or an empty ``arch``, is what could not be read.

    ``cpu_percent`` is of one processor since the last poll; ``rss`` is bytes; ``arch`` is ``x64``,
    ``x86`` or ``arm64``; ``started`` Unix seconds. Texts are one line and printable. ``mine`` says
    it runs as the asking user. With ``dumpable`` false, ``label`` says why in a few words and
    ``reason`` in a sentence. ``kernel`` marks the kernel's own threads.
    """

    key: ProcessKey
    name: str
    user: str | None
    cpu_percent: float | None
    rss: int | None
    threads: int | None
    arch: str
    started: float
    ppid: int
    exe: str | None
    cmdline: str | None
    status: str
    mine: bool
    dumpable: bool
    reason: str
    kernel: bool
    label: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class _Identity:
    """Facts that last as long as a process runs one program."""

    title: str
    name: str
    user: str | None
    exe: str | None
    cmdline: str | None
    arch: str


@dataclass(frozen=True, slots=True)
class _Known:
    identity: _Identity
    cpu_seconds: float | None
    when: float


class _VitalsReader(Protocol):
    def read(self, pid: int) -> Vitals:
        """Raise OSError or psutil.Error when the process is gone or hidden."""
        ...


class _PsutilVitals:
    """Vitals where no back-end reads them faster."""

    def read(self, pid: int) -> Vitals:
        process = psutil.Process(pid)
        with process.oneshot():
            memory = _fact(process.memory_info)
            return Vitals(
                started=_fact(process.create_time) or 0.0,
                title=_fact(process.name) or "",
                ppid=_fact(process.ppid) or 0,
                status=_fact(process.status) or "",
                cpu_seconds=_cpu_seconds(process),
                rss=memory and memory.rss,
                threads=_fact(process.num_threads),
                kernel=ON_WINDOWS and pid in _WINDOWS_KERNEL,
                obstacle=why_not(pid),
            )


def _cpu_seconds(process: psutil.Process) -> float | None:
    """Processor time so far: that of the threads there are, where the process's is not true."""
    if ON_WINDOWS:
        from dumpengine.backends.windows.vitals import process_times_are_true

        if not process_times_are_true():
            threads = _fact(process.threads)
            return threads and sum(each.user_time + each.system_time for each in threads)
    times = _fact(process.cpu_times)
    return times and times.user + times.system


# The idle process and System: https://learn.microsoft.com/sysinternals/downloads/process-explorer
_WINDOWS_KERNEL = (0, 4)


def _vitals_reader() -> _VitalsReader:
    if psutil.LINUX:
        from dumpengine.backends.linux.vitals import LinuxVitals

        return LinuxVitals()
    return _PsutilVitals()


def _architecture(pid: int) -> str:
    if psutil.LINUX:
        from dumpengine.backends.linux.vitals import architecture
    elif ON_WINDOWS:
        from dumpengine.backends.windows.vitals import architecture
    else:
        return ""
    return architecture(pid)


def why_not(pid: int) -> Obstacle | None:
    """Return what is known to keep us from dumping ``pid``, None when nothing is."""
    if ON_WINDOWS and pid in _WINDOWS_KERNEL:
        return Obstacle(
            "kernel",
            f"Process {pid} is a part of Windows itself and has no memory of its own.",
            "Choose another process.",
        )
    return backend().why_not(pid)


def _fact(read: Callable[[], _T]) -> _T | None:
    """Return a fact, None when we may not read it; a process that is gone still raises."""
    try:
        return read()
    except (psutil.ZombieProcess, psutil.AccessDenied, NotImplementedError):
        return None
    except psutil.NoSuchProcess:
        raise
    except OSError:  # seen on Windows for processes that are just starting or ending
        return None


def _command_line(arguments: list[str]) -> str:
    # A program that sets its own title leaves one argument, blanks and all, and empty ones.
    while arguments and not arguments[-1]:
        arguments = arguments[:-1]
    join = subprocess.list2cmdline if ON_WINDOWS else shlex.join
    return printable(arguments[0] if len(arguments) == 1 else join(arguments))


def _read_identity(pid: int, vitals: Vitals) -> _Identity:
    process = psutil.Process(pid)
    with process.oneshot():
        user = _fact(process.username)
        exe = None if vitals.kernel else _fact(process.exe)
        cmdline = None if vitals.kernel else _fact(process.cmdline)
        name = _fact(process.name) or vitals.title
    return _Identity(
        title=vitals.title,
        name=printable(name) or f"process {pid}",
        user=user and printable(user),
        exe=printable(exe) if exe else None,
        cmdline=_command_line(cmdline) if cmdline else None,
        arch="" if vitals.kernel else _architecture(pid),
    )


class ProcessLister:
    """Lists the processes, again and again.

    Keeps what it saw, so that one thread polls one lister: processor use is a difference between
    two polls, and what lasts as long as a process is read once.
    """

    def __init__(self) -> None:
        self._known: dict[ProcessKey, _Known] = {}
        self._polls = 0
        self._me = _fact(psutil.Process().username)

    def poll(self) -> tuple[ProcessRow, ...]:
        """Return a row for every process there is, by id."""
        self._polls += 1
        reader = _vitals_reader()
        seen: dict[ProcessKey, _Known] = {}
        rows = []
        for pid in sorted(psutil.pids()):
            try:
                rows.append(self._row(pid, reader.read(pid), seen))
            except (PermissionError, psutil.AccessDenied):
                rows.append(_hidden_row(pid))
            except (OSError, psutil.NoSuchProcess):
                continue  # it ended since its id was listed
        self._known = seen
        return tuple(rows)

    def _row(self, pid: int, vitals: Vitals, seen: dict[ProcessKey, _Known]) -> ProcessRow:
        key = ProcessKey(pid, vitals.started)
        known = self._known.get(key)
        fresh = known and known.identity.title == vitals.title and (self._polls + pid) % _REFRESH
        identity = known.identity if known and fresh else _read_identity(pid, vitals)
        now = time.monotonic()
        seen[key] = _Known(identity, vitals.cpu_seconds, now)
        obstacle = vitals.obstacle
        return ProcessRow(
            key=key,
            name=identity.name,
            user=identity.user,
            cpu_percent=_cpu_percent(known, vitals.cpu_seconds, now),
            rss=vitals.rss,
            threads=vitals.threads,
            arch=identity.arch,
            started=vitals.started,
            ppid=vitals.ppid,
            exe=identity.exe,
            cmdline=identity.cmdline,
            status=vitals.status,
            mine=identity.user is not None and identity.user == self._me,
            dumpable=obstacle is None,
            reason=obstacle.sentence if obstacle else "",
            kernel=vitals.kernel,
            label=obstacle.label if obstacle else "",
            remedy=obstacle.remedy if obstacle else "",
        )


def _cpu_percent(known: _Known | None, cpu_seconds: float | None, now: float) -> float | None:
    if known is None or known.cpu_seconds is None or cpu_seconds is None or now <= known.when:
        return None
    percent = (cpu_seconds - known.cpu_seconds) / (now - known.when) * 100
    # The system counts in ticks of about 10 ms: between two polls in a hurry one may be too much.
    return min(max(percent, 0.0), 100.0 * (os.cpu_count() or 1))


def _hidden_row(pid: int) -> ProcessRow:
    """Return the row of a process of which the system shows nothing but its id."""
    obstacle = why_not(pid) or Obstacle("hidden", "The system shows nothing of this process.", "")
    return ProcessRow(
        key=ProcessKey(pid, 0.0),
        name=f"process {pid}",
        user=None,
        cpu_percent=None,
        rss=None,
        threads=None,
        arch="",
        started=0.0,
        ppid=0,
        exe=None,
        cmdline=None,
        status="",
        mine=False,
        dumpable=False,
        reason=obstacle.sentence,
        kernel=False,
        label=obstacle.label,
        remedy=obstacle.remedy,
    )


def key_of(pid: int) -> ProcessKey:
    """Return the identity of the process that has this id now.

    Raises DumpError: no such process; or usage, when the id is that of a thread.
    """
    try:
        started = _vitals_reader().read(pid).started
    except (PermissionError, psutil.AccessDenied):
        raise (why_not(pid) or _HIDDEN).to_error(pid) from None
    except (OSError, OverflowError, ValueError, psutil.NoSuchProcess):
        obstacle = why_not(pid) if 0 <= pid < 1 << 31 else None
        if obstacle and obstacle.kind is not ErrorKind.NO_PROCESS:  # it is a part of the system
            raise obstacle.to_error(pid) from None
        raise never_such_process(pid) from None
    obstacle = why_not(pid)
    if obstacle and obstacle.kind is ErrorKind.USAGE:
        raise obstacle.to_error(pid)
    return ProcessKey(pid, started)


_HIDDEN = Obstacle(
    "hidden", "The system shows nothing of this process.", "Ask as administrator.", E_ACCESSDENIED
)


def process_name(key: ProcessKey) -> str:
    """Return the process's name as the list shows it; ``process PID`` when it cannot be read."""
    try:
        name = _fact(psutil.Process(key.pid).name)
    except psutil.NoSuchProcess:
        name = None
    return printable(name) if name else f"process {key.pid}"


def find_process(text: str) -> ProcessKey:
    """Return the process that ``text`` means: an id, or a name that only one process bears.

    Raises DumpError: no such process; or usage, with the list, when several bear the name.
    """
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return key_of(int(text))
    matches = [row for row in ProcessLister().poll() if text and _bears(row, text)]
    if not matches:
        raise DumpError(
            E_INVALIDARG,
            f"There is no process called {printable(text) or 'that (the name is empty)'}.",
            "Look for it with `dumpengine list`, and name it as there or by its PID.",
            kind=ErrorKind.NO_PROCESS,
        )
    if len(matches) > 1:
        raise _ambiguous(text, matches)
    return matches[0].key


def _bears(row: ProcessRow, name: str) -> bool:
    if row.key.pid == os.getpid():  # the program that asks is not what is looked for
        return False
    names = {row.name, PurePath(row.exe).name if row.exe else row.name}
    if ON_WINDOWS:  # file names have no case there, and everybody says `notepad`
        names = {known.lower() for known in names}
        return name.lower() in names or f"{name.lower()}.exe" in names
    return name in names


def _ambiguous(text: str, matches: Iterable[ProcessRow]) -> DumpError:
    lines = [f"  {row.key.pid:>7}  {row.cmdline or row.name}" for row in matches]
    return DumpError(
        E_INVALIDARG,
        f"{len(lines)} processes are called {printable(text)}.",
        "Name one by its PID:\n" + "\n".join(line[:100] for line in lines),
        kind=ErrorKind.USAGE,
    )
