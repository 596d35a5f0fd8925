"""Is there memory for a copy-on-write image? Pages the target changes meanwhile exist twice.

Running out would not fail us but kill somebody, most likely the target; so it is asked before.
"""

from __future__ import annotations

import os
import re

from dumpengine.backends.linux import procfs

_SHARE = 2  # the copy may come to need this part of the private memory: one half
_UNLIMITED = 1 << 62
_NOTHING = "0 kB"
_MAYBE_HUGE = ("/anon_hugepage", "/memfd:")
_HUGETLBFS = re.compile(rb"(?m)^\d+ \d+ (\d+):(\d+) .* - hugetlbfs ")


def no_room_for_copy(pid: int, maps: bytes) -> str:
    """Return why a clone is too risky, empty when there is room; ``maps`` is /proc/PID/maps."""
    status = procfs.read_status(pid)
    if status.get("HugetlbPages", _NOTHING) != _NOTHING and _has_private_huge_pages(pid, maps):
        return "it has huge pages of its own, which are too few for a copy of what it changes"
    private = int(status.get("RssAnon", "0 kB").split()[0]) * 1024
    needed = private // _SHARE
    if _available() < needed:
        return "the machine has too little free memory for a copy of what it changes meanwhile"
    if _group_headroom(pid) < needed:
        return "its control group has too little memory left for a copy of what it changes"
    return ""


def _has_private_huge_pages(pid: int, maps: bytes) -> bool:
    """When the reserve of huge pages is used up, a copy loses its own, or kills by SIGBUS.

    https://docs.kernel.org/admin-guide/mm/hugetlbpage.html
    """
    mounts = procfs.read_optional(f"/proc/{pid}/mountinfo")
    devices = {f"{int(major):02x}:{int(minor):02x}" for major, minor in _HUGETLBFS.findall(mounts)}
    return any(
        mapping.name.startswith(_MAYBE_HUGE) or mapping.device in devices
        for mapping in procfs.parse_maps(maps)
        if not mapping.shared
    )


def _available() -> int:
    match = re.search(rb"MemAvailable:\s+(\d+)", procfs.read_optional("/proc/meminfo"))
    return int(match[1]) * 1024 if match else _UNLIMITED


def _group_headroom(pid: int) -> int:
    """The least that any memory limit above the process leaves (cgroup v2)."""
    match = re.search(rb"^0::(/.*)$", procfs.read_optional(f"/proc/{pid}/cgroup"), re.MULTILINE)
    if not match:
        return _UNLIMITED
    headroom = _UNLIMITED
    path = procfs.text(match[1])
    while path not in ("/", ""):
        folder = f"/sys/fs/cgroup{path}"
        limit = procfs.read_optional(f"{folder}/memory.max").strip()
        used = procfs.read_optional(f"{folder}/memory.current").strip()
        if limit.isdigit() and used.isdigit():
            headroom = min(headroom, int(limit) - int(used))
        path = os.path.dirname(path)
    return headroom
