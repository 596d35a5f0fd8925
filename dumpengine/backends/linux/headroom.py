"""Is there memory for a copy-on-write image? Pages the target changes meanwhile exist twice.

Running out would not fail us but kill somebody, most likely the target; so it is asked before, and
every page is taken to be changed. Should memory run out all the same, because others need it, the
image is to go first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.cgroups import Group, groups_of
from dumpengine.format.proc_maps import parse_maps

_UNLIMITED = 1 << 62
_NOTHING = "0 kB"
_MAYBE_HUGE = ("/anon_hugepage", "/memfd:")
_HUGETLBFS = re.compile(rb"(?m)^\d+ \d+ (\d+):(\d+) .* - hugetlbfs ")
# What a group may use, with what it uses of it. memory.high kills nobody, but holds up the target.
_LIMITS = {
    1: (
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ("memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes"),
    ),
    2: (("memory.max", "memory.current"), ("memory.high", "memory.current")),
}
_MOST_KILLABLE = 1000  # OOM_SCORE_ADJ_MAX


def no_room_for_copy(pid: int, maps: bytes) -> str:
    """Return why a clone is too risky, empty when there is room; ``maps`` is /proc/PID/maps."""
    status = procfs.read_status(pid)
    if status.get("HugetlbPages", _NOTHING) != _NOTHING and _has_private_huge_pages(pid, maps):
        return "it has huge pages of its own, which are too few for a copy of what it changes"
    needed = _needed(status)
    if _available() < needed:
        return "the machine has too little free memory for a copy of what it changes meanwhile"
    groups = groups_of(pid, "memory")
    if groups.hidden:
        return "its control group, which may limit its memory, cannot be seen from here"
    if _room_in(groups.groups) < needed:
        return "its control group has too little memory left for a copy of what it changes"
    return ""


def let_go_first(image: int) -> None:
    """Make the image the OOM killer's first choice; ``image`` must have memory of its own.

    The kernel gives processes that share their memory one score: written for the go-between, it
    would be the target's.
    """
    with suppress(OSError), open(f"/proc/{image}/oom_score_adj", "w") as score:
        score.write(str(_MOST_KILLABLE))


def _needed(status: Mapping[str, str]) -> int:
    """The image's own page tables, and all private memory; what is swapped out comes in for it."""
    names = ("RssAnon", "VmSwap", "VmPTE")
    return sum(int(status.get(name, _NOTHING).split()[0]) for name in names) * 1024


def _has_private_huge_pages(pid: int, maps: bytes) -> bool:
    """When the reserve of huge pages is used up, a copy loses its own, or kills by SIGBUS.

    https://docs.kernel.org/admin-guide/mm/hugetlbpage.html
    """
    mounts = procfs.read_optional(f"/proc/{pid}/mountinfo")
    devices = {f"{int(major):02x}:{int(minor):02x}" for major, minor in _HUGETLBFS.findall(mounts)}
    return any(
        mapping.name.startswith(_MAYBE_HUGE) or mapping.device in devices
        for mapping in parse_maps(maps)
        if not mapping.shared
    )


def _available() -> int:
    """Where the OOM killer ends whoever asks for memory, only what is free already counts."""
    strict = procfs.read_optional("/proc/sys/vm/oom_kill_allocating_task").strip() == b"1"
    name = rb"MemFree" if strict else rb"MemAvailable"
    match = re.search(name + rb":\s+(\d+)", procfs.read_optional("/proc/meminfo"))
    return int(match[1]) * 1024 if match else _UNLIMITED


def _room_in(groups: Sequence[Group]) -> int:
    """Return the bytes that may still come to be used in each of the groups.

    Where the OOM killer would end a whole group, the target and its image alike, nothing that is
    in use counts, though it could be given back.
    """
    strict = any(group.number("memory.oom.group") for group in groups)
    return min((_room(group, strict=strict) for group in groups), default=_UNLIMITED)


def _room(group: Group, *, strict: bool) -> int:
    stat = group.table("memory.stat")
    room = _UNLIMITED
    for limit_file, used_file in _LIMITS[group.version]:
        limit, used = group.number(limit_file), group.number(used_file)
        if limit is not None and used is not None:
            room = min(room, limit - used)
    # Ancestors outside our cgroup namespace are seen by this number only, and in version 1.
    above, used = stat.get("hierarchical_memory_limit"), group.number("memory.usage_in_bytes")
    if above is not None and used is not None:
        room = min(room, above - used)
    return room if strict else room + _reclaimable(group, stat)


def _reclaimable(group: Group, stat: Mapping[str, int]) -> int:
    """Files that were read once count as used, and go when memory is needed."""
    prefix, dirty = ("total_", "dirty") if group.version == 1 else ("", "file_dirty")
    writeback = "writeback" if group.version == 1 else "file_writeback"
    busy = stat.get(prefix + dirty, 0) + stat.get(prefix + writeback, 0)
    return max(stat.get(f"{prefix}inactive_file", 0) - busy, 0)
