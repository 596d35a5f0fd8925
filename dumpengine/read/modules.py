"""ModuleListStream and UnloadedModuleListStream.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_module
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import astuple

from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.modules import (
    MINIDUMP_MODULE,
    MINIDUMP_UNLOADED_MODULE,
    MINIDUMP_UNLOADED_MODULE_LIST,
    VS_FFI_SIGNATURE,
    VS_FIXEDFILEINFO,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.lists import counted_entries, headed_entries
from dumpengine.read.source import bad_format
from dumpengine.snapshot import Module, UnloadedModule

MAX_MODULES = 1 << 17
MAX_RECORD = 0x10000  # bytes of a CodeView or miscellaneous record


def read_modules(file: DumpFile) -> tuple[Module, ...]:
    """Return the loaded modules in file order (the program first); raises DumpError.

    A name or record that cannot be read is noted and left empty.
    """
    body = file.body(StreamType.ModuleListStream)
    if body is None:
        return ()
    entries = counted_entries(body, MINIDUMP_MODULE.SIZE, "The module list")
    if len(entries) > MAX_MODULES * MINIDUMP_MODULE.SIZE:
        raise bad_format("The module list has more entries than a process can have.")
    return tuple(_module(file, entry) for entry in MINIDUMP_MODULE.unpack_many(entries))


def _module(file: DumpFile, entry: MINIDUMP_MODULE) -> Module:
    where = f"Module at 0x{entry.BaseOfImage:X}"
    return Module(
        base=entry.BaseOfImage,
        size=entry.SizeOfImage,
        path=_name(file, entry.ModuleNameRva, where),
        codeview=_record(file, entry.CvRecord, where),
        timestamp=entry.TimeDateStamp,
        checksum=entry.CheckSum,
        version=_version(entry.VersionInfo),
        misc=_record(file, entry.MiscRecord, where),
    )


def _name(file: DumpFile, rva: int, where: str) -> str:
    if rva == 0:
        return ""
    try:
        return file.source.string(rva, f"{where}: its name")
    except DumpError as error:
        file.note("ModuleListStream", error)
        return ""


def _record(file: DumpFile, location: MINIDUMP_LOCATION_DESCRIPTOR, where: str) -> bytes:
    if location.DataSize == 0 or location.Rva == 0:
        return b""
    try:
        if location.DataSize > MAX_RECORD:
            raise bad_format(f"{where}: a record of {location.DataSize} bytes is too large.")
        return file.source.piece(location.Rva, location.DataSize, f"{where}: its record")
    except DumpError as error:
        file.note("ModuleListStream", error)
        return b""


def _version(info: VS_FIXEDFILEINFO) -> tuple[int, ...]:
    """Folklore: writers that know no version leave all zeros, with or without the signature."""
    numbers = astuple(info)
    return numbers if info.Signature == VS_FFI_SIGNATURE and any(numbers[2:]) else ()


def read_unloaded_modules(file: DumpFile) -> tuple[UnloadedModule, ...]:
    """Return the modules unloaded before the dump; raises DumpError."""
    body = file.body(StreamType.UnloadedModuleListStream)
    if not body:
        return ()
    if len(body) < MINIDUMP_UNLOADED_MODULE_LIST.SIZE:
        raise bad_format("The list of unloaded modules is too short for its head.")
    head = MINIDUMP_UNLOADED_MODULE_LIST.unpack(body)
    entries = headed_entries(
        body,
        head.SizeOfHeader,
        head.SizeOfEntry,
        head.NumberOfEntries,
        MINIDUMP_UNLOADED_MODULE.SIZE,
    )
    return tuple(
        UnloadedModule(base, size, _name(file, rva, f"Module at 0x{base:X}"), timestamp, checksum)
        for base, size, checksum, timestamp, rva in MINIDUMP_UNLOADED_MODULE.rows(entries)
    )


class ModuleMap:
    """Modules by address; where two lie over each other, the one that starts later counts."""

    def __init__(self, modules: Iterable[Module]) -> None:
        self._modules = sorted(modules, key=lambda module: module.base)
        self._bases = [module.base for module in self._modules]

    def find(self, address: int) -> Module | None:
        """Return the module that covers ``address``."""
        at = bisect_right(self._bases, address) - 1
        if at < 0 or address >= self._modules[at].end:
            return None
        return self._modules[at]
