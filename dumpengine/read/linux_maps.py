"""LinuxMaps: the text of /proc/PID/maps inside a dump, as regions.

https://docs.kernel.org/filesystems/proc.html (the maps file)
"""

from __future__ import annotations

from dumpengine.format.proc_maps import Mapping
from dumpengine.snapshot import MemoryState, MemoryType, Region


def region_of(mapping: Mapping) -> Region:
    """Return the region VirtualQuery would report for a mapping.

    A private writable mapping of a file is copied on write; every other one is what it says.
    """
    protect = mapping.protection
    mapped = mapping.file_backed or mapping.shared
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
