"""Everything together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dumpengine.snapshot.absent import Absent, SoftError
from dumpengine.snapshot.memory import Memory, Range, Region
from dumpengine.snapshot.modules import LoaderDebug, Module, UnloadedModule
from dumpengine.snapshot.process import Handle, ProcessInfo
from dumpengine.snapshot.scripts import Scripts
from dumpengine.snapshot.system import SystemInfo, XStateFeature
from dumpengine.snapshot.threads import ExceptionRecord, Thread


@dataclass(frozen=True, slots=True)
class LinkedStream:
    """A stream that points at other places of its file, with all it points at.

    The stream is the first ``size`` bytes of ``data``. At each of ``pointers`` is a 32-bit offset
    into ``data``, to be made one of the file that it is written to.
    """

    data: bytes
    size: int
    pointers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A process at one moment.

    ``streams`` are ready-made streams by type (the Linux text streams, and what a file held that
    we do not interpret), ``linked_streams`` those of them that can be moved only with what they
    point at. ``process_data`` are the ranges of process-wide data: arguments,
    environment, auxiliary vector, loader lists. ``problems`` is what could not be found out.
    """

    system: SystemInfo
    process: ProcessInfo
    threads: tuple[Thread, ...]
    modules: tuple[Module, ...]
    regions: tuple[Region, ...]
    memory: Memory
    handles: tuple[Handle, ...] | Absent = Absent("not asked for")
    exception: ExceptionRecord | Absent = Absent("none")
    unloaded_modules: tuple[UnloadedModule, ...] = ()
    loader: LoaderDebug | Absent = Absent("not asked for")
    process_data: tuple[Range, ...] = ()
    xstate: tuple[XStateFeature, ...] = ()
    scripts: Scripts | Absent = Absent("not looked for")
    streams: Mapping[int, bytes] = field(default_factory=dict)
    linked_streams: Mapping[int, LinkedStream] = field(default_factory=dict)
    problems: tuple[SoftError, ...] = ()
