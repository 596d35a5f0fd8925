"""Who has the other end: the processes that hold a pipe or a socket open.

There is no index in the kernel; all descriptors of all processes that we may see are looked
through, the numbers nearest to the target's first, for relatives are started together.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from contextlib import suppress

from dumpengine.backends.linux import procfs
from dumpengine.waiting.facts import Peer

# Seconds of processor time, and on a machine that has none for us; a desktop with 400 processes
# takes a third of it.
_PATIENCE, _LONGEST = 0.2, 2.0
_MOST_PEERS = 8
_READ, _WRITE = 0o400, 0o200  # how /proc/PID/fd/N shows what a descriptor was opened for

# A kernel's name of a file ("pipe:[123]") and the mode bit that the other end has, 0 for any.
End = tuple[str, int]


def other_end(name: str, *, reads: bool) -> End:
    """Return what to look for when a thread reads from, or writes to, the pipe ``name``."""
    return name, _WRITE if reads else _READ


def find_peers(near: int, ends: Collection[End]) -> dict[End, tuple[Peer, ...]]:
    """Return the processes that hold each of these ends, as far as they can be seen in time."""
    found: dict[End, list[int]] = {end: [] for end in ends}
    used, started = time.thread_time(), time.monotonic()
    names = {name for name, _ in ends}
    for pid in _processes(near) if ends else ():
        if time.thread_time() - used > _PATIENCE or time.monotonic() - started > _LONGEST:
            break
        for end in _ends_of(pid, names, ends):
            if pid not in found[end] and len(found[end]) < _MOST_PEERS:
                found[end].append(pid)
    return {end: describe_all(pids) for end, pids in found.items()}


def describe_all(pids: Iterable[int]) -> tuple[Peer, ...]:
    """Describe processes; those that have left meanwhile are left out."""
    peers = []
    for pid in pids:
        with suppress(OSError, ValueError):
            stat = procfs.read_stat(pid)
            peers.append(Peer(pid, stat.name, stat.state))
    return tuple(peers)


def _processes(near: int) -> list[int]:
    pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    return sorted(pids, key=lambda pid: abs(pid - near))


def _ends_of(pid: int, names: set[str], ends: Collection[End]) -> Iterable[End]:
    folder = f"/proc/{pid}/fd"
    try:
        numbers = os.listdir(folder)
    except OSError:
        return
    for number in numbers:
        with suppress(OSError):
            path = f"{folder}/{number}"
            name = os.readlink(path)
            if name in names:
                mode = os.lstat(path).st_mode
                yield from (end for end in ends if end[0] == name and end[1] in (0, mode & end[1]))
