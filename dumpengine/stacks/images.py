"""The modules of a snapshot as code: their bytes, and where their unwind tables lie.

Bytes come from the process's memory first. A dump leaves out what was never touched or not asked
for; such holes are filled from the file of the same build. What the loader has changed (data) is
not asked for here.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cached_property

from dumpengine.snapshot import Memory, Module, Snapshot, read_memory
from dumpengine.stacks.eh_frame import CallFrames
from dumpengine.stacks.elf import PT_GNU_EH_FRAME, ElfError, ElfFile
from dumpengine.stacks.files import Files
from dumpengine.stacks.lines import Lines, lines_of
from dumpengine.stacks.symbols import ModuleSymbols, tables_of

_PAGE = 4096
_FLAT = 1 << 16  # the vDSO, the largest image that lies in memory as in a file, has two pages


class ElfImage:
    """One module of a Linux process."""

    def __init__(self, module: Module, memory: Memory, files: Files) -> None:
        self.module = module
        self._memory = memory
        self._files = files

    @cached_property
    def file(self) -> ElfFile | None:
        """The file behind the module; the memory itself where there never was a file."""
        if not self.module.path.startswith("/") and self.module.size <= _FLAT:
            whole = self._in_memory(self.module.size)
            if whole is not None:
                return whole
        return self._files.elf(self.module)

    @cached_property
    def debug(self) -> ElfFile | None:
        """The separate file with what was stripped from the module's own."""
        return self._files.debug(self.module, self.file)

    @cached_property
    def symbols(self) -> ModuleSymbols:
        """The functions of the module, by their offset from its base."""
        return ModuleSymbols(tables_of(self.file, self.debug))

    @cached_property
    def lines(self) -> Lines | None:
        """The lines of the module's source, by the same offset."""
        files = filter(None, (self.debug, self.file))
        return next(filter(None, map(lines_of, files)), None)

    @cached_property
    def bias(self) -> int:
        """What is added to the linker's addresses."""
        headers = self.headers
        return self.module.base - (headers.base if headers else 0)

    @cached_property
    def frames(self) -> CallFrames | None:
        """Call frame information; None where there is none, or nothing that tells of it."""
        headers = self.headers
        if headers is None:
            return None
        header = next((s.address for s in headers.segments if s.type == PT_GNU_EH_FRAME), 0)
        section = self.file.section(".eh_frame") if self.file and not header else None
        if not header and section is None:
            return None
        return CallFrames(
            self.read,
            header + self.bias if header else 0,
            section.address + self.bias if section else 0,
            headers.word,
        )

    def read(self, address: int, size: int) -> bytes:
        """Return bytes of the image, fewer where neither memory nor file has more."""
        data = read_memory(self._memory, address, size)
        if len(data) < size and self.file is not None:
            at = address + len(data)
            data += self.file.read(at - self.bias, size - len(data))
        return data

    @cached_property
    def headers(self) -> ElfFile | None:
        """Whatever tells of the segments: the file, or the first page in memory."""
        return self.file or self._in_memory(_PAGE)

    def _in_memory(self, size: int) -> ElfFile | None:
        try:
            return ElfFile(read_memory(self._memory, self.module.base, size))
        except ElfError:
            return None


class Images:
    """All modules by address; where two lie over each other, the one that starts later counts."""

    def __init__(self, snapshot: Snapshot, files: Files) -> None:
        self._memory = snapshot.memory
        self._files = files
        self._modules: Sequence[Module] = sorted(snapshot.modules, key=lambda m: m.base)
        self._bases = [module.base for module in self._modules]
        self._known: dict[int, ElfImage] = {}

    @property
    def used(self) -> Iterable[ElfImage]:
        """The images that were asked for."""
        return self._known.values()

    def at(self, address: int) -> ElfImage | None:
        """Return the image that covers ``address``."""
        place = bisect_right(self._bases, address) - 1
        if place < 0 or address >= self._modules[place].end:
            return None
        if place not in self._known:
            self._known[place] = ElfImage(self._modules[place], self._memory, self._files)
        return self._known[place]
