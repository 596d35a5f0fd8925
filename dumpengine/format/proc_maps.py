"""/proc/PID/maps: of a live process, and as a stream of a dump, which may be anybody's.

https://docs.kernel.org/filesystems/proc.html (the maps file)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dumpengine.snapshot import PageProtection

_LINE = re.compile(
    rb"^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][ps]) ([0-9a-f]{1,16})"
    rb" ([0-9a-f]+:[0-9a-f]+) (\d{1,20})[ \t]*([^\n]*)$",
    re.MULTILINE,
)
# Private memory that is listed with a file, which holds nothing: MAP_HUGETLB, and zero(4).
_NO_FILES = ("/anon_hugepage", "/dev/zero")
_P = PageProtection
_PROTECTIONS = {
    "---": _P.NOACCESS,
    "r--": _P.READONLY,
    "rw-": _P.READWRITE,
    "-w-": _P.READWRITE,
    "--x": _P.EXECUTE,
    "r-x": _P.EXECUTE_READ,
    "rwx": _P.EXECUTE_READWRITE,
    "-wx": _P.EXECUTE_READWRITE,
}
# A private mapping of a file that may be written is copied on write.
_ON_WRITE = {_P.READWRITE: _P.WRITECOPY, _P.EXECUTE_READWRITE: _P.EXECUTE_WRITECOPY}


@dataclass(frozen=True, slots=True)
class Mapping:
    """One line. ``offset`` counts from the start of the mapped file."""

    start: int
    end: int
    permissions: str
    offset: int
    device: str
    inode: int
    name: str

    @property
    def shared(self) -> bool:
        """Whether writes reach others (MAP_SHARED)."""
        return self.permissions[3] == "s"

    @property
    def file_backed(self) -> bool:
        """Whether a file (and not only a label) stands behind it."""
        return self.inode != 0 and (self.shared or not self.name.startswith(_NO_FILES))

    @property
    def protection(self) -> PageProtection:
        """What VirtualQuery would say of its pages."""
        found = _PROTECTIONS[self.permissions[:3]]
        return _ON_WRITE.get(found, found) if self.file_backed and not self.shared else found


def parse_maps(data: bytes) -> tuple[Mapping, ...]:
    """Return the mappings as they come; lines that are none are left out.

    The kernel writes a newline in a path as ``\\012``; other backslashes are the path's own. Bytes
    that are no UTF-8 become lone surrogates, as the file system has them.
    """
    return tuple(
        Mapping(
            start=int(start, 16),
            end=int(end, 16),
            permissions=permissions.decode(),
            offset=int(offset, 16),
            device=device.decode(),
            inode=int(inode),
            name=name.replace(b"\\012", b"\n").decode("utf-8", "surrogateescape"),
        )
        for start, end, permissions, offset, device, inode, name in _LINE.findall(data)
    )
