"""The control groups a process is in, as far as they can be seen from here.

https://docs.kernel.org/admin-guide/cgroup-v2.html, and cgroup-v1 beside it: a system may have one
hierarchy for all controllers, one for each, or both kinds at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dumpengine.backends.linux import procfs

# root and mount point; behind the dash the type, the source and the controllers of version 1.
_MOUNT = re.compile(rb"(?m)^\S+ \S+ \S+ (\S+) (\S+) .*? - (cgroup2?) \S+ (\S+)$")


@dataclass(frozen=True, slots=True)
class Group:
    """One control group: its folder, and the version of the interface its files follow."""

    folder: str
    version: int

    def read(self, name: str) -> bytes:
        """Return a file of it without the newline, nothing where there is none."""
        return procfs.read_optional(f"{self.folder}/{name}").strip()

    def number(self, name: str) -> int | None:
        """Return the number in a file of it; None for "max", and where there is none."""
        value = self.read(name)
        return int(value) if value.isdigit() else None

    def table(self, name: str) -> dict[str, int]:
        """Return a file of lines with a name and a number each."""
        words = self.read(name).split()
        return {
            key.decode(): int(value)
            for key, value in zip(words[::2], words[1::2], strict=False)
            if value.isdigit()
        }


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of one process for one controller, its own first, each followed by its parent.

    ``hidden`` says that its own cannot be seen: no mount of ours shows it.
    """

    groups: tuple[Group, ...]
    hidden: bool = False


def groups_of(pid: int, controller: str) -> Groups:
    """Return the groups of ``pid`` that may limit what ``controller`` counts."""
    found: list[Group] = []
    hidden = False
    for version, path in _paths(pid, controller):
        visible = list(_visible(version, path, controller))
        hidden |= not visible and path != "/"
        found += visible
    return Groups(tuple(found), hidden)


def _paths(pid: int, controller: str) -> Iterator[tuple[int, str]]:
    for line in procfs.text(procfs.read_optional(f"/proc/{pid}/cgroup")).splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            yield 2, path
        elif controller in controllers.split(","):
            yield 1, path


def _visible(version: int, path: str, controller: str) -> Iterator[Group]:
    """Yield the group at ``path`` and its ancestors below one mount that shows it.

    In a cgroup namespace, its root is "/" and may well have limits of its own.
    """
    for root, mount in _mounts(version, controller):
        below = os.path.relpath(path, root)
        if below.startswith(".."):
            continue
        while below not in ("", "."):
            yield Group(f"{mount}/{below}", version)
            below = os.path.dirname(below)
        yield Group(mount, version)
        return


def _mounts(version: int, controller: str) -> Iterator[tuple[str, str]]:
    kind = "cgroup" if version == 1 else "cgroup2"
    for words in _MOUNT.findall(procfs.read_optional("/proc/self/mountinfo")):
        root, mount, type_, options = map(procfs.text, words)
        if type_ == kind and (version == 2 or controller in options.split(",")):
            yield root, mount
