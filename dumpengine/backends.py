"""The systems a process can be captured on; the only place that asks which one this is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol

from dumpengine.dump_types import MinidumpType
from dumpengine.errors import Obstacle

if TYPE_CHECKING:  # the process list asks for a back-end; it needs nothing that captures
    from dumpengine.job import Captured, CaptureJob
    from dumpengine.snapshot import Snapshot

    Capture = Callable[[CaptureJob], Captured]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes a dump would take: in all, and what each memory flag would take alone."""

    total: int
    by_flag: Mapping[MinidumpType, int]


class Backend(Protocol):
    """What a system must be able to do. All methods raise DumpError."""

    def ready(self) -> AbstractContextManager[Capture]:
        """Get ready for one capture, which what the context gives writes to the job's sink.

        The target runs on whatever happens.
        """
        ...

    def size(self, pid: int, started: float, dump_type: MinidumpType) -> int:
        """Tell the bytes a dump would take; quicker than the whole estimate."""
        ...

    def estimate(self, pid: int, started: float, dump_type: MinidumpType) -> Estimate:
        """Tell the size before writing, from the memory map."""
        ...

    def observe(self, pid: int, started: float) -> AbstractContextManager[Snapshot]:
        """Describe a running process without stopping it."""
        ...

    def why_not(self, pid: int) -> Obstacle | None:
        """Tell what would keep us from dumping the process; None when nothing seems to."""
        ...


@cache
def backend() -> Backend:
    """Return this system's back-end."""
    if sys.platform == "win32":
        from dumpengine.backend_windows import WindowsBackend

        return WindowsBackend()
    from dumpengine.backend_linux import LinuxBackend

    return LinuxBackend()
