"""The memory of locks: without it no dump tells who waits for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dumpengine.snapshot import Range, Snapshot, region_at
from dumpengine.waiting.facts import Activity
from dumpengine.waiting.system_calls import Waits, activity_waits
from dumpengine.write.choice import ChosenThread

AROUND = 64  # bytes kept before and after the word that a thread waits for


def lock_ranges(snapshot: Snapshot, threads: Sequence[ChosenThread]) -> Iterator[Range]:
    """Yield what is kept around the lock that each thread waits for, clipped to its mapping."""
    for chosen in threads:
        for address in _addresses(chosen.thread.activity, snapshot.system.architecture.value):
            region = region_at(snapshot.regions, address)
            if region is not None and region.readable:
                yield Range(max(address - AROUND, region.start), min(address + AROUND, region.end))


def _addresses(activity: object, architecture: str) -> Iterator[int]:
    if not isinstance(activity, Activity) or activity.call is None:
        return
    if activity_waits(activity, architecture) is Waits.FUTEX:
        yield activity.call.argument(0)
        if activity.lock is not None and activity.lock.mutex:
            yield activity.lock.mutex
