"""A module of a Linux process as code: memory first, its holes filled from the file.

A dump leaves out what was never touched or not asked for. What the loader has changed (data) is
not asked for here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import chain

from dumpengine.snapshot import Memory, Module, read_memory
from dumpengine.stacks.breakpad import BreakpadFile
from dumpengine.stacks.eh_frame import CallFrames
from dumpengine.stacks.elf import PT_GNU_EH_FRAME, ElfError, ElfFile
from dumpengine.stacks.files import Files
from dumpengine.stacks.lines import Lines, lines_of
from dumpengine.stacks.symbol_table import SymbolTable
from dumpengine.stacks.symbols import ModuleSymbols, tables_of

_PAGE = 4096
_FLAT = 1 << 16  # the vDSO, the largest image that lies in memory as in a file, has two pages


class ElfImage:
    """See :class:`dumpengine.stacks.images.Image`."""

    functions = None

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

    @property
    def has_file(self) -> bool:
        """Whether the file behind it is here."""
        return self.file is not None

    @cached_property
    def debug(self) -> ElfFile | None:
        """The separate file with what was stripped from the module's own."""
        return self._files.debug(self.module, self.file)

    @cached_property
    def symbols(self) -> ModuleSymbols:
        """The functions of the module, by their offset from its base."""
        return ModuleSymbols(chain(self._breakpad_tables(), tables_of(self.file, self.debug)))

    def _breakpad_tables(self) -> Iterator[SymbolTable]:
        if self.breakpad is not None:
            yield self.breakpad.table

    @cached_property
    def breakpad(self) -> BreakpadFile | None:
        """Its symbol file of Breakpad's."""
        return self._files.breakpad(self.module)

    @cached_property
    def lines(self) -> Lines | None:
        """The lines of the module's source, by the same offset."""
        for elf in filter(None, (self.debug, self.file)):
            if elf.has_lines and elf.path and (found := lines_of(elf.path, elf.build_id.hex())):
                return found
        return self.breakpad

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
        return self.file or self._in_memory(_PAGE)

    def _in_memory(self, size: int) -> ElfFile | None:
        try:
            return ElfFile(read_memory(self._memory, self.module.base, size))
        except ElfError:
            return None
