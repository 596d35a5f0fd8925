"""One capture as data: what goes into a back-end, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from dumpengine.callbacks import DumpCallback
from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import SoftError


class Mode(Enum):
    """How the target is held while its memory is copied.

    SNAPSHOT copies from a frozen clone while the target runs on; STOP keeps it still; AUTO takes
    the snapshot when that is possible and worth it.
    """

    AUTO = "auto"
    SNAPSHOT = "snapshot"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class UserStream:
    """MINIDUMP_USER_STREAM: a stream of the caller's own. Types above 0xFFFF are free to use.

    Comments are the types 10 (ASCII) and 11 (UTF-16LE).
    """

    type: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ExceptionInformation:
    """MINIDUMP_EXCEPTION_INFORMATION: the exception stream to write.

    ``context`` is a raw CONTEXT of the target's architecture; empty takes the thread's own
    registers. ``client_pointers`` and ``pointers`` are for Windows: the address of an
    EXCEPTION_POINTERS in the target (``client_pointers``) or in this process.
    """

    thread_id: int
    code: int = 0xFFFFFFFF  # Breakpad's "dump requested"
    flags: int = 0
    address: int | None = None  # None: the thread's instruction pointer
    parameters: tuple[int, ...] = ()
    context: bytes = b""
    client_pointers: bool = False
    pointers: int = 0


class Sink(Protocol):
    """Where the file's bytes go. ``write_at`` may be called from several threads at once."""

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of ``data`` at ``offset``; raises OSError."""
        ...


@dataclass(frozen=True, slots=True)
class CaptureJob:
    """Everything a back-end needs. ``started`` is the process's start time, 0.0 for any.

    Back-ends check that the process with this id is the one that started then. ``redact`` takes
    environment, command line and stack contents out before anything is written. With ``hold`` the
    process stands still at least until the callback has heard of Phase.COLLECTING.
    """

    pid: int
    started: float
    dump_type: MinidumpType
    sink: Sink
    callback: DumpCallback = field(default_factory=DumpCallback)
    mode: Mode = Mode.AUTO
    exception: ExceptionInformation | None = None
    user_streams: tuple[UserStream, ...] = ()
    redact: bool = False
    hold: bool = False


@dataclass(frozen=True, slots=True)
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
