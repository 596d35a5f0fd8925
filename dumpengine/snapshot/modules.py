"""Programs and libraries that are, or were, loaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from dumpengine.snapshot.memory import Range


class SectionKind(Enum):
    """What a piece of a module is for."""

    HEADER = "header"  # file and program headers, notes, dynamic section, unwind index
    CODE = "code"
    DATA = "data"


class Section(NamedTuple):
    """A piece of a module in memory."""

    start: int
    end: int
    kind: SectionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A loaded program or library.

    ``codeview`` is the record that ties it to its symbols, as the file stores it (RSDS, NB10, or
    Breakpad's BpEL with a build id). ``version`` are the 13 numbers of VS_FIXEDFILEINFO or empty.
    """

    base: int
    size: int
    path: str
    codeview: bytes = b""
    timestamp: int = 0
    checksum: int = 0
    version: tuple[int, ...] = ()
    misc: bytes = b""
    sections: tuple[Section, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the path, with either kind of slash."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]

    @property
    def end(self) -> int:
        """First address behind the module."""
        return self.base + self.size


@dataclass(frozen=True, slots=True)
class UnloadedModule:
    """A module that was there earlier."""

    base: int
    size: int
    path: str
    timestamp: int = 0
    checksum: int = 0


@dataclass(frozen=True, slots=True)
class LinkMapEntry:
    """One entry of the dynamic loader's list: load bias, name, dynamic section."""

    bias: int
    name: str
    dynamic: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderDebug:
    """The dynamic loader's ``r_debug`` (``<link.h>``) and what it points to.

    ``ranges`` are the addresses of all of it, for dumps that should hold it.
    """

    version: int
    map_address: int
    breakpoint: int
    loader_base: int
    dynamic_address: int
    dynamic: bytes
    entries: tuple[LinkMapEntry, ...]
    ranges: tuple[Range, ...] = ()
