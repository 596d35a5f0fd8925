"""One capture as data: what goes into a back-end, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from dumpengine.callbacks import DumpCallback, IoWriteAll
from dumpengine.dump_types import MinidumpType
from dumpengine.options import CaptureOptions, Mode
from dumpengine.snapshot import SoftError


class Sink(Protocol):
    """Where the file's bytes go. ``write_at`` may be called from several threads at once."""

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of ``data`` at ``offset``; raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class CallbackSink:
    """A sink that hands everything to the callback's io_write_all."""

    callback: DumpCallback

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """See :class:`Sink`."""
        self.callback.io_write_all(IoWriteAll(offset, memoryview(data)))


@dataclass(frozen=True, slots=True)
class CaptureJob:
    """Everything a back-end needs. ``started`` is the process's start time, 0.0 for any.

    Back-ends check that the process with this id is the one that started then. ``handle`` is the
    caller's own handle of the process, 0 for none. ``on_interpreter`` is called before the stop
    when the process runs an interpreter whose frames can be decoded.
    """

    pid: int
    started: float
    options: CaptureOptions
    sink: Sink
    callback: DumpCallback = field(default_factory=DumpCallback)
    handle: int = 0
    on_interpreter: Callable[[], object] = bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """What a back-end did. Sizes are bytes; see CaptureResult for the meaning of the fields.

    ``dump_type`` is what the header says, which an older DLL may have reduced.
    """

    size: int
    dump_type: MinidumpType
    mode: Mode
    pause_ms: float | None
    memory_bytes: int
    threads: int
    modules: int
    ranges: int
    skipped: tuple[SoftError, ...] = ()
    warnings: tuple[str, ...] = ()
    restarted_calls: int = 0
    target_ended: str | None = None
