"""What the window needs of the engine, as values that a test can replace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import dumpengine
from dumpengine import MinidumpType, ProcessKey, ProcessRow
from gui.stacks.looking import Walk

if TYPE_CHECKING:  # what captures and reads is loaded when it is first used, not at the start
    from dumpengine import (
        CaptureRequest,
        CaptureResult,
        CheckReport,
        Dump,
        Estimate,
        Progress,
        WatchRequest,
    )
    from gui.watch.service import Watch


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The engine's functions the window calls.

    All but ``file_name`` and ``elevation_obstacle`` may block.
    """

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
    elevation_obstacle: Callable[[], str]
    stacks: Callable[[ProcessKey | Path, Sequence[Path]], Walk]
    watch: Callable[[WatchRequest], Watch]


def engine_services() -> Services:
    """Return the real engine."""
    return Services(
        list_processes=dumpengine.ProcessLister().poll,
        capture=_later("HelperCapture"),
        estimate=_later("estimate"),
        threads=_later("live_threads"),
        modules=_later("live_modules"),
        free_space=_later("free_space"),
        file_name=_later("dump_file_name"),
        sweep=_later("sweep_partials"),
        check=_later("check_dump"),
        open_dump=_later("open_dump"),
        elevation_obstacle=_later("elevation_obstacle"),
        stacks=_later("StackWalk"),
        watch=_later("HelperWatch"),
    )


def _later(name: str) -> Callable[..., Any]:
    """Return a function that looks up the engine's public name when it is called.

    The engine imports each of its parts when it is first asked for; so the window is there before
    those that capture and read are.
    """

    def call(*arguments: object) -> object:
        return getattr(dumpengine, name)(*arguments)

    return call
