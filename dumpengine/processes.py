"""The process list: the only module that knows psutil.

A process is named by :class:`ProcessKey`, its id *and* its start time, because ids are reused.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ProcessKey:
    """Identity of a process: id and start time (Unix seconds, 0.0 when unknown)."""

    pid: int
    started: float
