"""Stacks -> what they mean: states, waits, findings."""

from __future__ import annotations

from dataclasses import replace

from dumpengine.snapshot import Snapshot
from dumpengine.stacks.findings import find
from dumpengine.stacks.model import Stacks
from dumpengine.stacks.waits import with_waits


def understood(snapshot: Snapshot, stacks: Stacks) -> Stacks:
    """Return ``stacks`` of ``snapshot`` with states, waits and findings."""
    threads, waits = with_waits(snapshot, stacks.threads)
    told = replace(stacks, threads=threads, waits=waits)
    return replace(told, findings=find(snapshot, told))
