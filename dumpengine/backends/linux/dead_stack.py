"""Where a stopped thread may be lent memory: the part of its own stack that it does not use.

Below the red zone of the stack pointer lies what a signal handler would overwrite at any moment.
But that holds for stacks only: a goroutine's ends after two kilobytes and somebody else's begins.
"""

from __future__ import annotations

import bisect
from collections.abc import Mapping as Values
from collections.abc import Sequence
from contextlib import closing

from dumpengine.backends.linux import ptrace
from dumpengine.backends.linux.amd64 import RED_ZONE
from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.format.proc_maps import Mapping
from dumpengine.snapshot import Range


def dead_stack(
    tid: int, values: Values[str, int], mappings: Sequence[Mapping], size: int
) -> Range | None:
    """Return ``size`` bytes at the end of a stopped thread's unused stack, None where unsure."""
    end = values["rsp"] - RED_ZONE & -64
    room = Range(end - size, end)
    index = _holding(mappings, room.start)
    if index is None or mappings[index].end < values["rsp"]:
        return None
    mapping = mappings[index]
    if mapping.permissions[:2] != "rw" or mapping.shared or mapping.inode:
        return None
    if mapping.name != "[stack]" and not _is_thread_stack(tid, values, mapping):
        return None
    return room if _guarded(mappings, index) or _has_been_used(tid, room) else None


def _holding(mappings: Sequence[Mapping], address: int) -> int | None:
    index = bisect.bisect_right(mappings, address, key=lambda mapping: mapping.start) - 1
    return index if index >= 0 and address < mappings[index].end else None


def _is_thread_stack(tid: int, values: Values[str, int], mapping: Mapping) -> bool:
    """glibc and musl keep a thread's block at the top of its stack; it begins with its address."""
    block = values["fs_base"]
    return values["rsp"] < block < mapping.end and ptrace.peek_data(tid, block) == block


def _guarded(mappings: Sequence[Mapping], index: int) -> bool:
    """Whether memory without access lies right below: then all of the mapping is this stack."""
    below = mappings[index - 1] if index else None
    return (
        below is not None
        and below.end == mappings[index].start
        and below.permissions.startswith("---")
    )


def _has_been_used(tid: int, room: Range) -> bool:
    """Whether the stack has been that deep before; guard pages never hold anything."""
    with closing(PageMap(tid)) as pages:
        return sum(run.size for run in pages.populated(room.start, room.end)) == room.size
