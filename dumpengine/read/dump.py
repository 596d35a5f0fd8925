"""Opening a dump: open_dump() and MiniDumpReadDumpStream."""

from __future__ import annotations

import os
import stat
from functools import cached_property
from mmap import ACCESS_READ, mmap
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Self

from dumpengine.errors import E_FILE_NOT_FOUND, E_INVALIDARG, DumpError, ErrorKind
from dumpengine.format.header import (
    MINIDUMP_DIRECTORY,
    MINIDUMP_HEADER,
    MINIDUMP_LOCATION_DESCRIPTOR,
)
from dumpengine.read.capture_notes import CaptureNotes, read_capture_notes
from dumpengine.read.comments import read_comments
from dumpengine.read.directory import DumpFile, StreamEntry
from dumpengine.read.memory import DumpMemory
from dumpengine.read.snapshot import SnapshotReader
from dumpengine.read.source import Source, bad_format
from dumpengine.snapshot import Snapshot


class Dump:
    """A minidump, read lazily. Close it, or use it in a ``with`` statement.

    ``path`` is None for bytes in memory. Whatever the file holds, only DumpError comes out.
    """

    def __init__(self, data: bytes | mmap, path: Path | None = None) -> None:
        self._data = data
        self.path = path
        self.file = DumpFile(Source(data))
        self.memory = DumpMemory(self.file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Unmap the file. Memory and raw streams of a snapshot cannot be read afterwards."""
        if isinstance(self._data, mmap):
            self._data.close()

    @property
    def size(self) -> int:
        """Length of the file in bytes."""
        return self.file.source.size

    @property
    def header(self) -> MINIDUMP_HEADER:
        """The file's first 32 bytes."""
        return self.file.header

    @property
    def flags(self) -> int:
        """The MINIDUMP_TYPE the dump was made with, as its header says."""
        return self.file.header.Flags

    @property
    def timestamp(self) -> int:
        """When the dump was made, in Unix seconds; 0 when the writer did not say."""
        return self.file.header.TimeDateStamp

    @property
    def streams(self) -> tuple[StreamEntry, ...]:
        """The directory in file order, without unused entries."""
        return self.file.entries

    def stream(self, number: int) -> bytes | None:
        """Return the first stream of that type, None when there is none; raises DumpError."""
        return self.file.body(number)

    @cached_property
    def comments(self) -> tuple[str, ...]:
        """The comments somebody put into the dump; raises DumpError when they are unreadable."""
        return read_comments(self.file)

    @cached_property
    def capture_notes(self) -> CaptureNotes | None:
        """What our capture skipped and remarked, None for dumps of others; raises DumpError."""
        return read_capture_notes(self.file)

    def snapshot(self) -> Snapshot:
        """Return the process as the dump shows it; read once, lazily where it is large."""
        return self._snapshot

    @cached_property
    def _snapshot(self) -> Snapshot:
        return SnapshotReader(self.file, self.memory).read()


def read_dump(data: bytes) -> Dump:
    """Open a dump that is in memory; raises DumpError when it is no minidump."""
    return Dump(data)


def open_dump(path: str | PathLike[str] | int) -> Dump:
    """Open a dump file, or an open file descriptor, which stays open.

    Raises DumpError 0x80070002 when there is no such file, 0x80070005 when it may not be read,
    0x8007000B when it is no whole minidump.
    """
    data = map_file(path)
    name = _name(path)
    try:
        return Dump(data, name)
    except DumpError as error:
        data.close()
        error.path = name
        raise


def _name(path: str | PathLike[str] | int) -> Path | None:
    return None if isinstance(path, int) else Path(fspath(path))


def map_file(path: str | PathLike[str] | int) -> mmap:
    """Map a file for reading; raises DumpError as :func:`open_dump` does."""
    name = _name(path)
    try:
        _check_kind(path, name)
        with open(path, "rb", closefd=not isinstance(path, int)) as file:
            return mmap(file.fileno(), 0, access=ACCESS_READ)
    except FileNotFoundError:
        raise DumpError(E_FILE_NOT_FOUND, f"There is no file {name}.", path=name) from None
    except OSError as error:
        raise _unreadable(error, name) from error
    except ValueError:
        raise bad_format("The file is empty.", "Make the dump again.") from None


def _check_kind(path: str | PathLike[str] | int, name: Path | None) -> None:
    """Refuse pipes and devices, before they are opened: that may wait for ever."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a folder says what it is when opened
        cause = f"{name or 'It'} is a pipe, a socket or a device, and a dump is a regular file."
        raise DumpError(E_INVALIDARG, cause, "Give the file of a dump.", path=name)


def _unreadable(error: OSError, name: Path | None) -> DumpError:
    plain = DumpError.from_os_error(error)
    cause = f"{name or 'The file'} cannot be read: {error.strerror or error}."
    return DumpError(plain.hresult, cause, "Check the file.", kind=ErrorKind.FAILED, path=name)


def read_dump_stream(
    base: bytes | memoryview | mmap, stream: int
) -> tuple[bool, MINIDUMP_DIRECTORY | None, memoryview]:
    """Do what MiniDumpReadDumpStream does: find a stream in a dump that is mapped at ``base``.

    Returns whether it is there, its directory entry and a view of its bytes. False also for what
    is no minidump or ends before the stream, where the original would return a bad pointer.
    https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpreaddumpstream
    """
    view = memoryview(base)
    try:
        entry = DumpFile(Source(view)).find(stream)
    except DumpError:
        entry = None
    if entry is None or entry.rva + entry.size > len(view):
        return False, None, memoryview(b"")
    location = MINIDUMP_LOCATION_DESCRIPTOR(entry.size, entry.rva)
    return True, MINIDUMP_DIRECTORY(entry.type, location), view[entry.rva :][: entry.size]
