"""The modules of a snapshot as code: their bytes, names, and where their unwind tables lie."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Protocol

from dumpengine.format.system_info import PlatformId
from dumpengine.snapshot import Module, Snapshot
from dumpengine.stacks.eh_frame import CallFrames
from dumpengine.stacks.elf_image import ElfImage
from dumpengine.stacks.files import Files
from dumpengine.stacks.lines import Lines
from dumpengine.stacks.pe_image import PeImage
from dumpengine.stacks.symbols import ModuleSymbols
from dumpengine.stacks.unwind_info import FunctionTable


class Image(Protocol):
    """One module. Whatever is not known of it is None or empty."""

    @property
    def module(self) -> Module:
        """Where it lies, and what it is called."""
        ...

    @property
    def has_file(self) -> bool:
        """Whether a file of the same build is here."""
        ...

    @property
    def frames(self) -> CallFrames | None:
        """Its call frame information (DWARF)."""
        ...

    @property
    def functions(self) -> FunctionTable | None:
        """Its function table (Windows, x64)."""
        ...

    @property
    def symbols(self) -> ModuleSymbols:
        """Its functions, by their offset from the module's base."""
        ...

    @property
    def lines(self) -> Lines | None:
        """The lines of its source, by the same offset."""
        ...

    def read(self, address: int, size: int) -> bytes:
        """Return bytes of it, fewer where neither memory nor file has more."""
        ...


class Images:
    """All modules by address; where two lie over each other, the one that starts later counts."""

    def __init__(self, snapshot: Snapshot, files: Files) -> None:
        self._memory = snapshot.memory
        self._files = files
        self._windows = snapshot.system.platform_id == PlatformId.WIN32_NT
        self._modules: Sequence[Module] = sorted(snapshot.modules, key=lambda m: m.base)
        self._bases = [module.base for module in self._modules]
        self._known: dict[int, Image] = {}

    @property
    def used(self) -> Iterable[Image]:
        """The images that were asked for."""
        return self._known.values()

    def at(self, address: int) -> Image | None:
        """Return the image that covers ``address``."""
        place = bisect_right(self._bases, address) - 1
        if place < 0 or address >= self._modules[place].end:
            return None
        if place not in self._known:
            kind = PeImage if self._windows else ElfImage
            self._known[place] = kind(self._modules[place], self._memory, self._files)
        return self._known[place]
