"""Where stacks are, their dead part included: what was popped is still there below the pointer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dumpengine.snapshot import (
    READABLE,
    MemoryState,
    PageProtection,
    Range,
    Region,
    Snapshot,
    region_at,
)
from dumpengine.snapshot.ranges import RangeSet

_MAIN = "[stack]"


@dataclass(frozen=True, slots=True)
class Stacks:
    """``live`` is what an unwinder may need of all stacks, ``dead`` what lies below."""

    live: RangeSet
    dead: RangeSet


def find_stacks(snapshot: Snapshot, more: Iterable[Range] = ()) -> Stacks:
    """Find every stack; ``more`` are in use beside those the threads' pointers are in.

    The main one reaches up to arguments and environment, which lie on it. Where nobody's pointer
    is in it, all of it counts as live.
    """
    own = (t.stack for t in snapshot.threads if isinstance(t.stack, Range))
    used = RangeSet([*own, *more])
    main = (Range(r.start, r.end) for r in snapshot.regions if r.name == _MAIN)
    dead = RangeSet(_below(snapshot, used)).difference(used)
    return Stacks(used.union(main).difference(dead), dead)


def _below(snapshot: Snapshot, used: RangeSet) -> Iterator[Range]:
    for stack in used:
        region = region_at(snapshot.regions, stack.start)
        if region is not None and _bounded(region, snapshot.regions):
            yield Range(region.start, stack.start)


def _bounded(region: Region, regions: Sequence[Region]) -> bool:
    """Whether a stack is all there is in its region down to the guard below.

    Runtimes and coroutines have stacks in the midst of other data, which is not touched.
    """
    if region.name == _MAIN:
        return True
    below = region_at(regions, region.start - 1)
    return below is not None and _is_guard(below)


def _is_guard(region: Region) -> bool:
    if region.state is MemoryState.COMMIT:
        return not region.protect & READABLE or bool(region.protect & PageProtection.GUARD)
    return region.state is MemoryState.RESERVE  # the rest of a stack of Windows


def code(snapshot: Snapshot) -> Iterator[Range]:
    """Yield where code is; a small dump without a map of the address space has modules only."""
    places = [Range(r.start, r.end) for r in snapshot.regions if r.executable]
    yield from places or (Range(module.base, module.end) for module in snapshot.modules)
