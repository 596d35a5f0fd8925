"""Header and stream directory, and the first stream of each type.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_header
"""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_DIRECTORY, MINIDUMP_HEADER, SIGNATURE, VERSION
from dumpengine.format.stream_types import StreamType, stream_name
from dumpengine.read.source import Source, bad_format
from dumpengine.snapshot import SoftError

MAX_STREAMS = 0x10000
_MAX_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """One directory entry: type, its name, size in bytes and offset in the file."""

    type: int
    name: str
    size: int
    rva: int


def read_header(source: Source) -> MINIDUMP_HEADER:
    """Return the header; raises DumpError when this is no minidump or an unfinished one."""
    if source.size < MINIDUMP_HEADER.SIZE:
        raise bad_format(f"The file has only {source.size} bytes; a minidump's header has 32.")
    header = source.unpack(MINIDUMP_HEADER, 0, "The header")
    if header.Signature == 0:
        raise bad_format(
            "The dump was never finished: its signature is still zero.", "Make the dump again."
        )
    if header.Signature != SIGNATURE:
        raise bad_format("This is not a minidump: it does not begin with “MDMP”.")
    if header.Version & 0xFFFF != VERSION:
        raise bad_format(f"Unknown minidump version 0x{header.Version & 0xFFFF:04X}.")
    return header


def read_directory(source: Source, header: MINIDUMP_HEADER) -> tuple[StreamEntry, ...]:
    """Return all entries but the unused ones, in file order; raises DumpError when cut off."""
    count = header.NumberOfStreams
    if count > MAX_STREAMS:
        raise bad_format(f"The header promises {count} streams, more than any dump has.")
    size = count * MINIDUMP_DIRECTORY.SIZE
    data = source.read(header.StreamDirectoryRva, size, "The stream directory")
    return tuple(
        StreamEntry(type_, stream_name(type_), size, rva)
        for type_, size, rva in MINIDUMP_DIRECTORY.rows(data)
        if type_ != StreamType.UnusedStream
    )


class DumpFile:
    """An opened dump before interpretation: source, header, directory, and what went wrong.

    The readers of the streams take one of these. They raise DumpError when a whole stream is
    unusable and call :meth:`note` for what they can do without.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.header = read_header(source)
        self.entries = read_directory(source, self.header)
        self._first: dict[int, StreamEntry] = {}
        for entry in self.entries:
            self._first.setdefault(entry.type, entry)
        self._problems: dict[SoftError, None] = {}

    @property
    def types(self) -> tuple[int, ...]:
        """The stream types there are, each once, in file order."""
        return tuple(self._first)

    @property
    def problems(self) -> tuple[SoftError, ...]:
        """What was noted so far, each once."""
        return tuple(self._problems)

    def note(self, where: str, error: DumpError | str) -> None:
        """Remember that a part of the dump could not be read."""
        if len(self._problems) < _MAX_PROBLEMS:
            what = error.cause if isinstance(error, DumpError) else error
            self._problems[SoftError(where, what)] = None

    def find(self, stream: int) -> StreamEntry | None:
        """Return the first directory entry of that type."""
        return self._first.get(stream)

    def body(self, stream: int) -> bytes | None:
        """Return the first stream of that type, None when there is none; raises DumpError."""
        entry = self._first.get(stream)
        if entry is None:
            return None
        return self.source.read(entry.rva, entry.size, f"The stream {entry.name}")
