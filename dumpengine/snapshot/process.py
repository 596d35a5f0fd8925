"""The process as a whole, and what it has open."""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.snapshot.absent import Absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """An open handle or file descriptor."""

    handle: int
    type_name: str = ""
    object_name: str = ""
    attributes: int = 0
    granted_access: int = 0
    handle_count: int = 1
    pointer_count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VmCounters:
    """Memory use of the process in bytes."""

    page_faults: int = 0
    peak_working_set: int = 0
    working_set: int = 0
    peak_virtual: int = 0
    virtual: int = 0
    private: int = 0
    private_working_set: int = 0
    swapped: int = 0
    shared: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """The process as a whole. Times are Unix seconds and seconds of processor time."""

    pid: int
    name: str
    path: str = ""
    ppid: int = 0
    created: float = 0.0
    user_time: float = 0.0
    kernel_time: float = 0.0
    counters: VmCounters | Absent = Absent("not asked for")
