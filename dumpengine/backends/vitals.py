"""What a process list asks of every process on every poll, cheap to read on every system."""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.errors import Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Facts that change, and the start time that tells one bearer of an id from the next.

    ``title`` is the kernel's own short name; when it changes, the process runs another program.
    ``cpu_seconds`` is processor time used so far, ``rss`` bytes; None is what cannot be read.
    ``status`` uses psutil's words.
    """

    started: float
    title: str
    ppid: int
    status: str
    kernel: bool = False
    cpu_seconds: float | None = None
    rss: int | None = None
    threads: int | None = None
    obstacle: Obstacle | None = None
