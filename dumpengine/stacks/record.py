"""What a capture decodes at the frozen moment, because its dump will not hold the memory for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dumpengine.snapshot import Architecture, Module, Snapshot, Thread
from dumpengine.stacks.locks import LockReader
from dumpengine.waiting.facts import Activity
from dumpengine.waiting.system_calls import Waits, activity_waits


def with_locks(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with what each thread in futex(2) waits for, where it can be told."""
    reader = lock_reader(snapshot)
    threads = tuple(_with_lock(thread, reader, snapshot) for thread in snapshot.threads)
    return replace(snapshot, threads=threads)


def lock_reader(snapshot: Snapshot) -> LockReader:
    """Return what decodes this snapshot's locks."""
    blocks = {thread_number(thread): thread.teb for thread in snapshot.threads}
    narrow = snapshot.system.architecture is Architecture.X86
    return LockReader(snapshot.memory, blocks, 4 if narrow else 8, _has_musl(snapshot.modules))


def thread_number(thread: Thread) -> int:
    """Return the number by which a thread calls itself in locks."""
    recorded = thread.activity.number if isinstance(thread.activity, Activity) else 0
    return recorded or thread.tid


def _has_musl(modules: Sequence[Module]) -> bool:
    """Debian has musl as libc.so (glibc is libc.so.6), Alpine as its own dynamic loader."""
    names = (module.name for module in modules)
    return any(name == "libc.so" or name.startswith(("ld-musl", "libc.musl")) for name in names)


def _with_lock(thread: Thread, reader: LockReader, snapshot: Snapshot) -> Thread:
    activity = thread.activity
    if not isinstance(activity, Activity) or activity.call is None or activity.lock is not None:
        return thread
    if activity_waits(activity, snapshot.system.architecture.value) is not Waits.FUTEX:
        return thread
    lock = reader.read(activity.call, thread_number(thread), thread)
    return replace(thread, activity=replace(activity, lock=lock))
