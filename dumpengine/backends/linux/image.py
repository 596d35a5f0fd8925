"""A copy-on-write image of a process, as those see it who read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dumpengine.snapshot import Range


@dataclass(frozen=True, slots=True)
class Image:
    """The image's process id, and what it lacks of the target's memory.

    ``kept`` are bytes of the target by address, ``holes`` the memory that clones do not get.
    """

    pid: int
    kept: Mapping[int, bytes]
    holes: tuple[Range, ...] = ()
