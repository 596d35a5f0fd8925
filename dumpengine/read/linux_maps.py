"""LinuxMaps: the text of /proc/PID/maps inside a dump, as regions.

https://docs.kernel.org/filesystems/proc.html (the maps file)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dumpengine.snapshot import MemoryState, MemoryType, PageProtection, Region

_LINE = re.compile(
    rb"^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][ps]) ([0-9a-f]{1,16})"
    rb" [0-9a-f]+:[0-9a-f]+ (\d{1,20})[ \t]*([^\n]*)$",
    re.MULTILINE,
)
_PROTECTIONS = {
    "---": PageProtection.NOACCESS,
    "r--": PageProtection.READONLY,
    "rw-": PageProtection.READWRITE,
    "-w-": PageProtection.READWRITE,
    "--x": PageProtection.EXECUTE,
    "r-x": PageProtection.EXECUTE_READ,
    "rwx": PageProtection.EXECUTE_READWRITE,
    "-wx": PageProtection.EXECUTE_READWRITE,
}
_ON_WRITE = {
    PageProtection.READWRITE: PageProtection.WRITECOPY,
    PageProtection.EXECUTE_READWRITE: PageProtection.EXECUTE_WRITECOPY,
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """One line of the file. ``offset`` counts from the start of the mapped file."""

    start: int
    end: int
    permissions: str
    offset: int
    inode: int
    name: str


def parse_maps(text: bytes) -> list[Mapping]:
    """Return the mappings sorted by address; lines that are none are left out."""
    mappings = [
        Mapping(
            int(start, 16),
            int(end, 16),
            permissions.decode("ascii"),
            int(offset, 16),
            int(inode),
            _unescape(name),
        )
        for start, end, permissions, offset, inode, name in _LINE.findall(text)
    ]
    return sorted(mappings, key=lambda mapping: mapping.start)


def _unescape(name: bytes) -> str:
    """The kernel writes a newline in a path as a backslash and three octal digits."""
    return name.replace(b"\\012", b"\n").decode("utf-8", "replace")


def region_of(mapping: Mapping) -> Region:
    """Return the region VirtualQuery would report for a mapping.

    A private writable mapping of a file is copied on write; every other one is what it says.
    """
    protect = _PROTECTIONS[mapping.permissions[:3]]
    private = mapping.permissions[3] == "p"
    if private and mapping.inode:
        protect = _ON_WRITE.get(protect, protect)
    mapped = bool(mapping.inode) or not private
    return Region(
        start=mapping.start,
        end=mapping.end,
        protect=protect,
        type=MemoryType.MAPPED if mapped else MemoryType.PRIVATE,
        state=MemoryState.COMMIT,
        allocation_base=mapping.start,
        allocation_protect=protect,
        name=mapping.name,
        offset=mapping.offset if mapping.inode else 0,
    )
