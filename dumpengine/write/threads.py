"""ThreadListStream, ThreadNamesStream and ThreadInfoListStream."""

from __future__ import annotations

from collections.abc import Mapping

from dumpengine.callbacks import ThreadWriteFlags
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR
from dumpengine.format.layout import pack_many
from dumpengine.format.threads import (
    MINIDUMP_THREAD,
    MINIDUMP_THREAD_INFO,
    MINIDUMP_THREAD_INFO_LIST,
    MINIDUMP_THREAD_NAME,
    ThreadInfoFlags,
)
from dumpengine.snapshot import Absent, Thread, ThreadTimes
from dumpengine.write.choice import ChosenThread
from dumpengine.write.contexts import encode_context
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source

_FILETIME_EPOCH = 11_644_473_600  # seconds from 1601 to 1970
_TICKS = 10_000_000  # FILETIME counts 100 ns


def thread_list_size(count: int) -> int:
    """Return the bytes of a thread list."""
    return 4 + count * MINIDUMP_THREAD.SIZE


def write_contexts(image: FileImage, source: Source) -> dict[int, MINIDUMP_LOCATION_DESCRIPTOR]:
    """Append the context of every thread that has one; returns where they are, by thread id."""
    return {
        chosen.thread.tid: image.append(
            encode_context(chosen.registers, source.snapshot.xstate), alignment=16
        )
        for chosen in source.choice.threads
        if chosen.registers is not None
    }


def pack_thread_list(
    source: Source,
    contexts: Mapping[int, MINIDUMP_LOCATION_DESCRIPTOR],
    stacks: Mapping[int, MINIDUMP_MEMORY_DESCRIPTOR],
) -> bytes:
    """Return the stream's bytes; threads without context or stack point nowhere."""
    entries = (_entry(chosen, contexts, stacks) for chosen in source.choice.threads)
    return len(source.choice.threads).to_bytes(4, "little") + pack_many(entries)


def _entry(
    chosen: ChosenThread,
    contexts: Mapping[int, MINIDUMP_LOCATION_DESCRIPTOR],
    stacks: Mapping[int, MINIDUMP_MEMORY_DESCRIPTOR],
) -> MINIDUMP_THREAD:
    thread = chosen.thread
    return MINIDUMP_THREAD(
        ThreadId=thread.tid,
        SuspendCount=thread.suspend_count,
        PriorityClass=thread.priority_class,
        Priority=thread.priority & 0xFFFFFFFF,
        Teb=thread.teb,
        Stack=stacks.get(thread.tid, MINIDUMP_MEMORY_DESCRIPTOR()),
        ThreadContext=contexts.get(thread.tid, MINIDUMP_LOCATION_DESCRIPTOR()),
    )


def write_thread_names(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR | None:
    """Append the names of the threads that have one; as on Windows, none means no stream."""
    named = [chosen.thread for chosen in source.choice.threads if chosen.thread.name]
    if not named:
        return None
    entries = [MINIDUMP_THREAD_NAME(t.tid, image.string(t.name)) for t in named]
    return image.append(len(entries).to_bytes(4, "little") + pack_many(entries))


def write_thread_info(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR:
    """Append times, start address and affinity of every thread."""
    threads = [
        chosen.thread
        for chosen in source.choice.threads
        if chosen.flags & ThreadWriteFlags.WriteThreadInfo
    ]
    head = MINIDUMP_THREAD_INFO_LIST(NumberOfEntries=len(threads))
    return image.append(head.pack() + pack_many(_info(thread) for thread in threads))


def _info(thread: Thread) -> MINIDUMP_THREAD_INFO:
    times = thread.times if isinstance(thread.times, ThreadTimes) else ThreadTimes()
    flags = ThreadInfoFlags(0)
    if isinstance(thread.times, Absent):
        flags |= ThreadInfoFlags.INVALID_INFO
    if isinstance(thread.registers, Absent):
        flags |= ThreadInfoFlags.INVALID_CONTEXT
    return MINIDUMP_THREAD_INFO(
        ThreadId=thread.tid,
        DumpFlags=flags,
        CreateTime=filetime(times.created),
        KernelTime=round(times.kernel * _TICKS),
        UserTime=round(times.user * _TICKS),
        StartAddress=thread.start_address,
        Affinity=thread.affinity,
    )


def filetime(seconds: float) -> int:
    """Return a Unix time as a FILETIME; 0 stays 0."""
    return round((seconds + _FILETIME_EPOCH) * _TICKS) if seconds else 0
