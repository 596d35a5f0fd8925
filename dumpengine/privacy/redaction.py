"""Takes private things out of a snapshot before it is written.

The environment and the command line go, as texts and where they lie in the process's memory; what
is left of the stacks is blanked by the writer's FilterMemory rule. Copies that a program makes of
its own secrets cannot be told from other data: the result says which memory may still hold some.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.format.streams import stream_row
from dumpengine.format.system_info import PlatformId
from dumpengine.snapshot import Architecture, Memory, Range, Snapshot, read_memory

_HOLDS_COPIES = (
    MinidumpType.WithFullMemory
    | MinidumpType.WithPrivateReadWriteMemory
    | MinidumpType.WithDataSegs
    | MinidumpType.WithPrivateWriteCopyMemory
    | MinidumpType.WithIndirectlyReferencedMemory
)
# proc(5), /proc/PID/stat: arg_start, arg_end, env_start and env_end, counted behind the name.
_ARGUMENTS_AT = 48 - 3
_MOST_TEXT = 16 << 20  # bytes; Linux allows a quarter of the stack's limit


@dataclass(frozen=True, slots=True)
class Redacted:
    """A snapshot to write instead, with the type to write it with.

    ``scrubbed`` says in sentences what is gone, ``left`` what may still be there.
    """

    snapshot: Snapshot
    dump_type: MinidumpType
    scrubbed: tuple[str, ...]
    left: tuple[str, ...]


class ScrubbedMemory:
    """Memory in which some ranges read as zeros."""

    def __init__(self, memory: Memory, scrubbed: Sequence[Range]) -> None:
        self._memory = memory
        self._scrubbed = tuple(scrubbed)

    def populated(self, start: int, end: int) -> Iterable[Range]:
        """See :meth:`dumpengine.snapshot.Memory.populated`."""
        return self._memory.populated(start, end)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """See :meth:`dumpengine.snapshot.Memory.read_into`."""
        count = self._memory.read_into(address, buffer)
        for piece in self._scrubbed:
            start = max(piece.start, address) - address
            end = min(piece.end, address + count) - address
            if start < end:
                buffer[start:end] = bytes(end - start)
        return count


def redact(snapshot: Snapshot, dump_type: MinidumpType) -> Redacted:
    """Return what to write so that neither environment, command line nor stack data remain."""
    windows = snapshot.system.platform_id == PlatformId.WIN32_NT
    places = list(_windows_texts(snapshot) if windows else _linux_texts(snapshot))
    streams = {
        stream: data for stream, data in snapshot.streams.items() if not stream_row(stream).private
    }
    return Redacted(
        replace(snapshot, memory=ScrubbedMemory(snapshot.memory, places), streams=streams),
        MinidumpType(dump_type | MinidumpType.FilterMemory),
        tuple(_scrubbed(snapshot, places)),
        tuple(_left(dump_type)),
    )


def _scrubbed(snapshot: Snapshot, places: Sequence[Range]) -> Iterator[str]:
    for stream, data in snapshot.streams.items():
        row = stream_row(stream)
        if row.private:
            yield f"{row.name}: {row.holds} ({len(data)} bytes)."
    held = sum(
        piece.size
        for place in places
        for piece in snapshot.memory.populated(place.start, place.end)
    )
    if held:
        yield f"Environment and command line in the process's memory ({held} bytes)."
    yield "Words on the stacks that are neither small numbers nor pointers to stack or code."


def _left(dump_type: MinidumpType) -> Iterator[str]:
    if dump_type & _HOLDS_COPIES:
        yield (
            "The dump holds data the program allocated, and with it any copies the program made; "
            "the types mini and triage do not."
        )


def _linux_texts(snapshot: Snapshot) -> Iterator[Range]:
    """The kernel tells where it put arguments and environment."""
    stat = snapshot.streams.get(StreamType.LinuxProcStat, b"")
    words = stat.rpartition(b")")[2].split()[_ARGUMENTS_AT : _ARGUMENTS_AT + 4]
    if len(words) != 4 or not all(word.isdigit() and len(word) <= 20 for word in words):
        return
    for start, end in ((int(words[0]), int(words[1])), (int(words[2]), int(words[3]))):
        if start < end:
            yield Range(start, end)


@dataclass(frozen=True, slots=True)
class _ProcessParameters:
    """Offsets in TEB, PEB and RTL_USER_PROCESS_PARAMETERS, as ``winternl.h`` and the PDBs say."""

    pointer: str
    peb: int
    parameters: int
    command_line: int
    environment: int
    environment_size: int


_LAYOUTS = {
    Architecture.AMD64: _ProcessParameters("<Q", 0x60, 0x20, 0x70, 0x80, 0x3F0),
    Architecture.ARM64: _ProcessParameters("<Q", 0x60, 0x20, 0x70, 0x80, 0x3F0),
    Architecture.X86: _ProcessParameters("<I", 0x30, 0x10, 0x40, 0x48, 0x290),
}


def _windows_texts(snapshot: Snapshot) -> Iterator[Range]:
    """Follow TEB, PEB and process parameters, as far as the memory is there."""
    layout = _LAYOUTS.get(snapshot.system.architecture)
    teb = next((thread.teb for thread in snapshot.threads if thread.teb), 0)
    if layout is None or not teb:
        return

    def pointer(address: int) -> int:
        size = struct.calcsize(layout.pointer)
        data = read_memory(snapshot.memory, address, size)
        return int.from_bytes(data, "little") if len(data) == size else 0

    peb = pointer(teb + layout.peb)
    parameters = pointer(peb + layout.parameters) if peb else 0
    if not parameters:
        return
    length = int.from_bytes(
        read_memory(snapshot.memory, parameters + layout.command_line, 2), "little"
    )
    buffer = layout.command_line + struct.calcsize(layout.pointer)
    for start, size in (
        (pointer(parameters + buffer), length),
        (pointer(parameters + layout.environment), pointer(parameters + layout.environment_size)),
    ):
        if start and 0 < size <= _MOST_TEXT:
            yield Range(start, start + size)
