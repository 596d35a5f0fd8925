"""What a dump is to hold or leave out beside its type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import dumpengine
from dumpengine import Mode

if TYPE_CHECKING:
    from dumpengine import UserStream


@dataclass(frozen=True, slots=True)
class StreamFile:
    """A user stream: its number and the file its bytes came from."""

    type: int
    path: Path
    data: bytes


@dataclass(frozen=True, slots=True)
class Extras:
    """Chosen in the options, frozen when a dump is started."""

    mode: Mode = Mode.AUTO
    comment: str = ""
    stream_files: tuple[StreamFile, ...] = ()
    exclude_threads: frozenset[int] = frozenset()
    exclude_modules: frozenset[str] = frozenset()
    redact: bool = False

    @property
    def user_streams(self) -> tuple[UserStream, ...]:
        """The streams as the engine takes them."""
        return tuple(dumpengine.UserStream(file.type, file.data) for file in self.stream_files)

    def for_many(self) -> Extras:
        """Return the part that makes sense for several processes."""
        return replace(self, exclude_threads=frozenset(), exclude_modules=frozenset())
