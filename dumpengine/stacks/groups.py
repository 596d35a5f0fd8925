"""Threads that stand alike: sixty workers that sleep in the same place are one line to read."""

from __future__ import annotations

from collections.abc import Iterable

from dumpengine.stacks.model import Frame, Group, ThreadStack


def grouped(threads: Iterable[ThreadStack]) -> tuple[Group, ...]:
    """Return the groups in the order of their first threads; one thread is a group as well.

    Threads are alike when their frames are: the same addresses found in the same way.
    """
    found: dict[tuple[Frame, ...], list[int]] = {}
    for thread in threads:
        found.setdefault(thread.frames, []).append(thread.id)
    return tuple(Group(threads=tuple(ids), frames=frames) for frames, ids in found.items())
