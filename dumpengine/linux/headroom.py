"""Is there memory for a copy-on-write image? Pages the target changes meanwhile exist twice.

Running out would not fail us but kill somebody, most likely the target; so it is asked before.
"""

from __future__ import annotations

import os
import re

from dumpengine.linux import procfs

_SHARE = 2  # the copy may come to need this part of the private memory: one half
_UNLIMITED = 1 << 62


def no_room_for_copy(pid: int) -> str:
    """Return why a clone is too risky, empty when there is room."""
    status = procfs.read_status(pid)
    private = int(status.get("RssAnon", "0 kB").split()[0]) * 1024
    needed = private // _SHARE
    if _available() < needed:
        return "the machine has too little free memory for a copy of what it changes meanwhile"
    if _group_headroom(pid) < needed:
        return "its control group has too little memory left for a copy of what it changes"
    return ""


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
