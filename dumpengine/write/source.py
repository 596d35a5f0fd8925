"""What the stream modules work from."""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.dump_types import MinidumpType
from dumpengine.snapshot import Snapshot
from dumpengine.write.choice import Choice

_NO_PATHS = MinidumpType.FilterModulePaths | MinidumpType.FilterTriage


@dataclass(frozen=True, slots=True)
class Source:
    """A snapshot and what of it is to be written. ``timestamp`` is Unix seconds."""

    snapshot: Snapshot
    dump_type: MinidumpType
    choice: Choice
    timestamp: int

    def name_of(self, path: str) -> str:
        """Return a path as this dump may show it: whole, or without its folders."""
        if self.without_folders:
            return path.replace("\\", "/").rsplit("/", 1)[-1]
        return path

    @property
    def without_folders(self) -> bool:
        """Whether names of files are shown without their folders."""
        return bool(self.dump_type & _NO_PATHS)
