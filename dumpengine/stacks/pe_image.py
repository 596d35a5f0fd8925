"""A module of a Windows process as code: memory first, its holes filled from the file."""

from __future__ import annotations

from functools import cached_property

from dumpengine.format.codeview import CodeView, decode_codeview
from dumpengine.snapshot import Memory, Module, read_memory
from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.files import Files
from dumpengine.stacks.lines import Lines, lines_of
from dumpengine.stacks.pe import AMD64, Named, PeError, PeFile
from dumpengine.stacks.symbol_table import Function, SymbolTable
from dumpengine.stacks.symbols import ModuleSymbols
from dumpengine.stacks.unwind_info import FunctionTable

_PAGE = 4096


class PeImage:
    """See :class:`dumpengine.stacks.images.Image`."""

    frames = None

    def __init__(self, module: Module, memory: Memory, files: Files) -> None:
        self.module = module
        self._memory = memory
        self._files = files

    @cached_property
    def file(self) -> PeFile | None:
        """The file with the time stamp and size of the module."""
        return self._files.pe(self.module)

    @property
    def has_file(self) -> bool:
        """Whether the file behind it is here, or memory has what it would tell."""
        return self._image is not None

    @cached_property
    def _image(self) -> PeFile | None:
        return self.file or self._in_memory()

    def _in_memory(self) -> PeFile | None:
        def flat(address: int, size: int) -> bytes:
            return read_memory(self._memory, self.module.base + address, size)

        try:
            return PeFile(flat(0, _PAGE), flat=flat)
        except PeError:
            return None

    @cached_property
    def functions(self) -> FunctionTable | None:
        """The function table; None where there is none, or nothing that tells of it."""
        image = self._image
        if image is None or image.machine != AMD64:
            return None
        start, size = image.exception_table
        return FunctionTable(self._relative, start, size) if size else None

    @cached_property
    def symbols(self) -> ModuleSymbols:
        """The exports, and what GNU's linker leaves in the file."""
        image = self._image
        if image is None:
            return ModuleSymbols(())
        breakpad = self._files.breakpad(self.module)
        if breakpad is not None:
            return ModuleSymbols((breakpad.table,))
        return ModuleSymbols(
            _PeTable(names, self.functions) for names in (image.symbols, image.exports) if names
        )

    @cached_property
    def lines(self) -> Lines | None:
        """The lines that the file itself or its PDB tells."""
        if self.file is not None and self.file.path is not None:
            code_id = f"{self.file.timestamp:x}{self.file.image_size:x}"
            if found := lines_of(self.file.path, code_id):
                return found
        view = decode_codeview(self.module.codeview) or CodeView("")
        for path in self._files.pdb(view):
            if found := lines_of(path, f"{view.identifier}-{view.age:x}"):
                return found
        return self._files.breakpad(self.module)

    def read(self, address: int, size: int) -> bytes:
        """Return bytes of the image, fewer where neither memory nor file has more."""
        data = read_memory(self._memory, address, size)
        if len(data) < size and self.file is not None:
            at = address + len(data) - self.module.base
            data += self.file.read(at, size - len(data))
        return data

    def _relative(self, address: int, size: int) -> bytes:
        return self.read(self.module.base + address, size)


class _PeTable(SymbolTable):
    """Names have no sizes in PE files: one counts for the function that starts there."""

    def __init__(self, names: tuple[Named, ...], functions: FunctionTable | None) -> None:
        super().__init__(
            [named.address for named in names], [0] * len(names), lambda place: names[place].name
        )
        self._functions = functions

    def find(self, offset: int) -> Function | None:
        """See :class:`SymbolTable`."""
        found = super().find(offset)
        if found is None or self._functions is None:
            return found
        try:
            function = self._functions.find(offset)
        except UnwindDataError:
            return found
        return found if function is None or function.start <= found.start else None
