"""The processes that bear a name, as they come: for watches, which ask several times a second."""

from __future__ import annotations

import os

import psutil

from dumpengine.errors import DumpError
from dumpengine.processes.listing import ProcessKey, key_of
from dumpengine.system import ON_WINDOWS

_KERNELS_NAME = 15  # bytes of a name that the kernel keeps


class Bearers:
    """Finds processes called ``name``; each is told once."""

    def __init__(self, name: str) -> None:
        self._name = name.lower() if ON_WINDOWS else name
        self._known: dict[int, str] = {}

    def look(self) -> list[ProcessKey]:
        """Return those that were not there, or not called so, at the last look."""
        found = []
        now = {pid: self._short_name(pid) for pid in psutil.pids() if pid != os.getpid()}
        for pid, short in now.items():
            if short and self._known.get(pid) != short and self._bears(pid, short):
                found += _key(pid)
        self._known = now
        return found

    def _short_name(self, pid: int) -> str:
        """What changes when a process runs another program; empty once it has ended."""
        if ON_WINDOWS and pid in self._known:
            return self._known[pid]
        try:
            if psutil.LINUX:
                with open(f"/proc/{pid}/comm", "rb", buffering=0) as comm:
                    return os.fsdecode(comm.read().rstrip(b"\n"))
            return str(psutil.Process(pid).name())
        except (OSError, psutil.Error):
            return ""

    def _bears(self, pid: int, short: str) -> bool:
        if ON_WINDOWS:
            return short.lower() in (self._name, f"{self._name}.exe")
        if short == self._name:
            return True
        try:
            process = psutil.Process(pid)
            first = (process.cmdline() or [""])[0]
            return self._name in (os.path.basename(first), os.path.basename(process.exe()))
        except (OSError, psutil.Error):
            cut = os.fsdecode(os.fsencode(self._name)[:_KERNELS_NAME])
            return len(os.fsencode(self._name)) > _KERNELS_NAME and short == cut


def _key(pid: int) -> list[ProcessKey]:
    try:
        return [key_of(pid)]
    except DumpError:  # it has ended since
        return []
