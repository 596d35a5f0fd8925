"""Dumps of living processes for tests: made, opened, and the target looked after."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from dumpengine.capture.result import CaptureResult
from dumpengine.capture.write_dump import write_dump
from dumpengine.read.dump import Dump, open_dump
from dumpengine.snapshot import Snapshot, read_memory
from tests.support.children import state_of, tracer_of


def children_of(pid: int) -> list[str]:
    """Return the ids of the children of every thread; threads may end while we look."""
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            children += (task / "children").read_text().split()
    return children


def assert_runs(pid: int, states: str = "SR") -> None:
    """The process is there as before: untraced, running, without children it did not make."""
    assert tracer_of(pid) == 0
    assert state_of(pid) in states
    assert children_of(pid) == []


def descriptors() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


class Capturer:
    """Captures into one folder, opens what it captured, and closes it at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: list[Dump] = []
        self._count = 0

    def __call__(
        self, pid: int, dump_type: int = 0, **options: Any
    ) -> tuple[CaptureResult, Dump, Path]:
        """Capture; return the result, the dump and its path."""
        self._count += 1
        path = self.folder / f"{self._count}.dmp"
        result = write_dump(pid, path, dump_type, **options)
        dump = open_dump(path)
        self._open.append(dump)
        return result, dump, path

    def close(self) -> None:
        """Close all dumps and remove them: they may be large."""
        for dump in self._open:
            dump.close()
        for path in self.folder.glob("*.dmp"):
            path.unlink()


def holds(snapshot: Snapshot, address: int, text: str) -> bool:
    """Whether the snapshot has ``<DumpDesk text>`` at an address."""
    marker = f"<DumpDesk {text}>".encode()
    return read_memory(snapshot.memory, address, len(marker)) == marker
