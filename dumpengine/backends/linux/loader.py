"""The dynamic loader's list of libraries: ``r_debug`` and the link map of <link.h>.

LLDB finds the modules of a core by it; its memory belongs to the process-wide data of a dump.
"""

from __future__ import annotations

import struct

from dumpengine.backends.linux import elf
from dumpengine.backends.linux.elf import ElfImage
from dumpengine.snapshot import Absent, LinkMapEntry, LoaderDebug, Range

_MAX_ENTRIES = 4096
_R_DEBUG = struct.Struct("<IIQQIIQ")  # version, map, brk, state, ldbase
_LINK_MAP = struct.Struct("<QQQQQ")  # addr, name, ld, next, prev
_R_DEBUG32 = struct.Struct("<5I")
_LINK_MAP32 = struct.Struct("<5I")


def loader_debug(program: ElfImage) -> LoaderDebug | Absent:
    """Follow DT_DEBUG of the program; Absent for a static one or one not yet linked."""
    address = program.dynamic.get(elf.DT_DEBUG, 0)
    if not address:
        return Absent("the program is linked statically or has not been linked yet")
    codec = _R_DEBUG if program.is_64bit else _R_DEBUG32
    data = program.read(address, codec.size)
    if len(data) < codec.size:
        return Absent(f"the loader's data at 0x{address:x} cannot be read")
    version, first, breakpoint_, loader_base = _r_debug(codec.unpack(data))
    entries, ranges = _link_map(program, first)
    dynamic = next(program.segments(elf.PT_DYNAMIC))
    return LoaderDebug(
        version=version,
        map_address=first,
        breakpoint=breakpoint_,
        loader_base=loader_base,
        dynamic_address=dynamic.address,
        dynamic=program.read(dynamic.address, min(dynamic.size, 1 << 16)),
        entries=tuple(entries),
        ranges=(Range(address, address + codec.size), *ranges),
    )


def _r_debug(fields: tuple[int, ...]) -> tuple[int, int, int, int]:
    if len(fields) == 5:
        version, first, breakpoint_, _state, loader_base = fields
        return version, first, breakpoint_, loader_base
    version, _pad, first, breakpoint_, _state, _pad2, loader_base = fields
    return version, first, breakpoint_, loader_base


def _link_map(program: ElfImage, address: int) -> tuple[list[LinkMapEntry], list[Range]]:
    codec = _LINK_MAP if program.is_64bit else _LINK_MAP32
    entries: list[LinkMapEntry] = []
    ranges: list[Range] = []
    seen: set[int] = set()
    while address and address not in seen and len(entries) < _MAX_ENTRIES:
        seen.add(address)
        data = program.read(address, codec.size)
        if len(data) < codec.size:
            break
        bias, name_address, dynamic, following, _previous = codec.unpack(data)
        name = program.read(name_address, 1024).partition(b"\0")[0]
        entries.append(LinkMapEntry(bias, name.decode("utf-8", "surrogateescape"), dynamic))
        ranges.append(Range(address, address + codec.size))
        ranges.append(Range(name_address, name_address + len(name) + 1))
        address = following
    return entries, ranges
