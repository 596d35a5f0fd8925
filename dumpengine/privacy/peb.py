"""RTL_USER_PROCESS_PARAMETERS: where Windows keeps command line, environment and folders.

Offsets as ``winternl.h`` and the public PDBs of ntdll.dll have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dumpengine.snapshot import Architecture, Range, Snapshot, read_memory

_MOST_TEXT = 16 << 20  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """Offsets in TEB, PEB and the parameters; ``texts`` are UNICODE_STRINGs."""

    word: int
    peb: int
    parameters: int
    environment: int
    environment_size: int
    # CurrentDirectory, DllPath, ImagePathName, CommandLine, WindowTitle, DesktopInfo, ShellInfo,
    # RuntimeData
    texts: tuple[int, ...]


_WIDE = _Layout(
    word=8,
    peb=0x60,
    parameters=0x20,
    environment=0x80,
    environment_size=0x3F0,
    texts=(0x38, 0x50, 0x60, 0x70, 0xB0, 0xC0, 0xD0, 0xE0),
)
_NARROW = _Layout(
    word=4,
    peb=0x30,
    parameters=0x10,
    environment=0x48,
    environment_size=0x290,
    texts=(0x24, 0x30, 0x38, 0x40, 0x70, 0x78, 0x80, 0x88),
)
_LAYOUTS = {Architecture.AMD64: _WIDE, Architecture.ARM64: _WIDE, Architecture.X86: _NARROW}


def find_parameters(snapshot: Snapshot) -> tuple[Range, ...]:
    """Follow TEB, PEB and parameters, as far as the memory is there, to their UTF-16 texts."""
    layout = _LAYOUTS.get(snapshot.system.architecture)
    teb = next((thread.teb for thread in snapshot.threads if thread.teb), 0)
    if layout is None or not teb:
        return ()
    reader = _Reader(snapshot, layout.word)
    peb = reader.pointer(teb + layout.peb)
    parameters = reader.pointer(peb + layout.parameters) if peb else 0
    return tuple(_texts(reader, layout, parameters)) if parameters else ()


def _texts(reader: _Reader, layout: _Layout, parameters: int) -> Iterator[Range]:
    pieces = [
        (reader.pointer(parameters + at + layout.word), reader.length(parameters + at))
        for at in layout.texts
    ]
    environment = reader.pointer(parameters + layout.environment)
    pieces.append((environment, reader.pointer(parameters + layout.environment_size)))
    for start, size in pieces:
        if start and 0 < size <= _MOST_TEXT:
            yield Range(start, start + size)


@dataclass(frozen=True, slots=True)
class _Reader:
    snapshot: Snapshot
    word: int

    def pointer(self, address: int) -> int:
        """The pointer at ``address``, 0 when it is not there."""
        return self._number(address, self.word)

    def length(self, address: int) -> int:
        """The Length of a UNICODE_STRING."""
        return self._number(address, 2)

    def _number(self, address: int, size: int) -> int:
        data = read_memory(self.snapshot.memory, address, size)
        return int.from_bytes(data, "little") if len(data) == size else 0
