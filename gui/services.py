"""What the window needs of the engine, as values that a test can replace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import dumpengine
from dumpengine import (
    CaptureRequest,
    CaptureResult,
    CheckReport,
    Dump,
    Estimate,
    MinidumpType,
    ProcessKey,
    ProcessRow,
    Progress,
)


class Capture(Protocol):
    """One capture in a helper process."""

    def run(
        self,
        on_progress: Callable[[Progress], None],
        on_log: Callable[[tuple[str, ...]], None],
    ) -> CaptureResult:
        """Capture, blocking; a failure is a result that is not ok."""
        ...

    def cancel(self) -> None:
        """Ask it to end; from any thread, returns at once."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The engine's functions the window calls. All but ``file_name`` may block."""

    list_processes: Callable[[], tuple[ProcessRow, ...]]
    capture: Callable[[CaptureRequest], Capture]
    estimate: Callable[[ProcessKey, MinidumpType], Estimate]
    threads: Callable[[ProcessKey], tuple[tuple[int, str], ...]]
    modules: Callable[[ProcessKey], tuple[tuple[str, str, int], ...]]
    free_space: Callable[[Path], int | None]
    file_name: Callable[[str, str, int, datetime], str]
    sweep: Callable[[Path], None]
    check: Callable[[Path], CheckReport]
    open_dump: Callable[[Path], Dump]


def engine_services() -> Services:
    """Return the real engine."""
    return Services(
        list_processes=dumpengine.ProcessLister().poll,
        capture=dumpengine.HelperCapture,
        estimate=dumpengine.estimate,
        threads=dumpengine.live_threads,
        modules=dumpengine.live_modules,
        free_space=dumpengine.free_space,
        file_name=dumpengine.dump_file_name,
        sweep=dumpengine.sweep_partials,
        check=dumpengine.check_dump,
        open_dump=dumpengine.open_dump,
    )
