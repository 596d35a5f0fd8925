"""Where the DLL's bytes go, and what can be learnt from them on their way.

The DLL writes the header first and the directory last, each count and each descriptor by itself.
The header is kept back until everything else is there, so that a file cut short has no signature
and cannot be taken for a whole one.
"""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.dump_types import VALID_TYPE_FLAGS, MinidumpType
from dumpengine.errors import E_DISK_FULL, E_FAIL, E_READ_FAULT, E_WRITE_FAULT, DumpError
from dumpengine.errors import ErrorKind as Kind
from dumpengine.format.header import (
    MINIDUMP_DIRECTORY,
    MINIDUMP_HEADER,
    MINIDUMP_MEMORY_DESCRIPTOR,
)
from dumpengine.format.memory import MINIDUMP_MEMORY64_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.job import Sink

# Enough of every piece to hold the structures that are looked at.
_KEPT = 64
_ERROR_DISK_FULL = (112, 39)  # ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the finished file holds; sizes are bytes."""

    size: int
    dump_type: MinidumpType
    threads: int
    modules: int
    ranges: int
    memory_bytes: int


class Output:
    """Passes writes on to a sink. ``size`` is where the file ends so far, ``done`` bytes so far."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._header = b""
        self._pieces: dict[int, bytes] = {}
        self.size = 0
        self.done = 0

    def write(self, offset: int, data: memoryview) -> None:
        """Take bytes of the file; raises what the sink raises, an OSError as DumpError."""
        self.size = max(self.size, offset + len(data))
        self.done += len(data)
        self._pieces[offset] = bytes(data[:_KEPT])
        if offset == 0:
            self._header = bytes(data[: MINIDUMP_HEADER.SIZE])
            offset, data = MINIDUMP_HEADER.SIZE, data[MINIDUMP_HEADER.SIZE :]
        if data:
            self._pass_on(offset, data)

    def stream_at(self, stream: StreamType) -> int | None:
        """Return where a stream is; None when the file has none, or before its directory."""
        header = MINIDUMP_HEADER.unpack(self._header.ljust(MINIDUMP_HEADER.SIZE, b"\0"))
        return self._lists(header).get(stream)

    def overwrite(self, offset: int, data: bytes) -> None:
        """Change bytes that were written; after the last write."""
        self._pass_on(offset, memoryview(data))

    def finish(self) -> None:
        """Write the header, last of all."""
        if self._header:
            self._pass_on(0, memoryview(self._header))

    def _pass_on(self, offset: int, data: memoryview) -> None:
        try:
            self._sink.write_at(offset, data)
        except OSError as error:
            raise destination_error(error) from error

    def summary(self) -> Written:
        """Return what was written, read from the pieces that went past."""
        header = MINIDUMP_HEADER.unpack(self._header.ljust(MINIDUMP_HEADER.SIZE, b"\0"))
        lists = self._lists(header)
        ranges, memory_bytes = self._memory(lists)
        return Written(
            size=self.size,
            dump_type=MinidumpType(header.Flags & VALID_TYPE_FLAGS),
            threads=self.count(lists.get(StreamType.ThreadListStream)),
            modules=self.count(lists.get(StreamType.ModuleListStream)),
            ranges=ranges,
            memory_bytes=memory_bytes,
        )

    def _lists(self, header: MINIDUMP_HEADER) -> dict[int, int]:
        found: dict[int, int] = {}
        for index in range(header.NumberOfStreams):
            at = header.StreamDirectoryRva + index * MINIDUMP_DIRECTORY.SIZE
            piece = self.piece(at, MINIDUMP_DIRECTORY.SIZE)
            entry = MINIDUMP_DIRECTORY.unpack(piece)
            found.setdefault(entry.StreamType, entry.Location.Rva)
        return found

    def _memory(self, lists: dict[int, int]) -> tuple[int, int]:
        if (at := lists.get(StreamType.Memory64ListStream)) is not None:
            head = MINIDUMP_MEMORY64_LIST.unpack(self.piece(at, MINIDUMP_MEMORY64_LIST.SIZE))
            return head.NumberOfMemoryRanges, self.size - head.BaseRva
        at = lists.get(StreamType.MemoryListStream)
        if at is None:
            return 0, 0
        count, size = self.count(at), MINIDUMP_MEMORY_DESCRIPTOR.SIZE
        entries = (self.piece(at + 4 + index * size, size) for index in range(count))
        sizes = [MINIDUMP_MEMORY_DESCRIPTOR.unpack(entry).Memory.DataSize for entry in entries]
        return count, sum(sizes)

    def count(self, at: int | None) -> int:
        """Return the count a list at ``at`` begins with, 0 for no list."""
        return 0 if at is None else int.from_bytes(self.piece(at, 4), "little")

    def piece(self, offset: int, size: int) -> bytes:
        """Return bytes of the file that were kept, zeros where they were not."""
        exact = self._pieces.get(offset, b"")
        if len(exact) >= size:
            return exact[:size]
        for start in range(max(offset + size - _KEPT, 0), offset):
            piece = self._pieces.get(start, b"")
            if len(piece) >= offset + size - start:
                return piece[offset - start :][:size]
        return bytes(size)


def destination_error(error: OSError) -> DumpError:
    """Return a failed write as the destination's failure."""
    if getattr(error, "winerror", None) in _ERROR_DISK_FULL:
        return DumpError(E_DISK_FULL)
    translated = DumpError.from_os_error(error)
    if translated.hresult in (E_FAIL, E_READ_FAULT):
        detail = f"Writing to the destination failed: {error.strerror or error}."
        return DumpError(E_WRITE_FAULT, detail)
    return DumpError(translated.hresult, translated.cause, translated.remedy, kind=Kind.DESTINATION)
