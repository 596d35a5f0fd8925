"""What a dump does not hold, in sentences: so that nobody looks for it in the debugger."""

from __future__ import annotations

from collections.abc import Iterator

from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import Dump
from dumpengine.snapshot import Absent, Snapshot


def missing_parts(dump: Dump, snapshot: Snapshot) -> tuple[str, ...]:
    """Return a sentence for everything of note that is not there."""
    return (*_memory(dump), *_threads(snapshot), *_facts(dump, snapshot))


def _memory(dump: Dump) -> Iterator[str]:
    if dump.file.find(StreamType.Memory64ListStream):
        return
    if dump.flags & MinidumpType.WithPrivateReadWriteMemory:
        yield "Memory other than the data the program allocated."
    elif dump.file.find(StreamType.MemoryListStream):
        yield "Memory other than stacks and what they need: variables on the heap."
    else:
        yield "Memory of any kind."


def _threads(snapshot: Snapshot) -> Iterator[str]:
    total = len(snapshot.threads)
    blind = sum(isinstance(thread.registers, Absent) for thread in snapshot.threads)
    bare = sum(isinstance(thread.stack, Absent) for thread in snapshot.threads)
    if not total:
        yield "Threads."
    if blind:
        yield f"The registers of {blind} of {total} threads."
    if bare:
        yield f"The stacks of {bare} of {total} threads."


def _facts(dump: Dump, snapshot: Snapshot) -> Iterator[str]:
    if not snapshot.modules:
        yield "The list of modules: addresses cannot be named."
    if isinstance(snapshot.handles, Absent):
        yield "Open handles."
    if not snapshot.regions:
        yield "The map of the address space."
    if dump.file.find(StreamType.ThreadInfoListStream) is None:
        yield "Thread times."
