"""Frames of interpreted languages, recorded by a capture or read from the interpreter's memory."""

from __future__ import annotations

from dataclasses import replace

from dumpengine.snapshot import NO_INTERPRETER, Scripts, Snapshot
from dumpengine.stacks.files import Files
from dumpengine.stacks.images import Images
from dumpengine.stacks.python.frames import python_scripts


def with_scripts(snapshot: Snapshot, images: Images | None = None) -> Snapshot:
    """Return the snapshot with what its interpreter ran, where it has one that we know.

    A capture does so at the frozen moment: a small dump has none of the memory for it.
    """
    if isinstance(snapshot.scripts, Scripts):
        return snapshot
    found = python_scripts(snapshot, images or Images(snapshot, Files()))
    return replace(snapshot, scripts=found or NO_INTERPRETER)
