"""/proc/PID/maps -> regions as VirtualQuery would describe them, and the files behind them."""

from __future__ import annotations

from collections.abc import Sequence

from dumpengine.format.proc_maps import Mapping
from dumpengine.snapshot import MemoryType, Region

# Kernel pages that cannot be read from outside; reading a device may have side effects.
_KERNEL_LABELS = ("[vvar]", "[vvar_vclock]", "[vsyscall]")
_HARMLESS_DEVICES = ("/dev/shm/", "/dev/zero", "/dev/hugepages/", "/dev/ashmem")


def regions(mappings: Sequence[Mapping], images: Sequence[tuple[int, int]]) -> tuple[Region, ...]:
    """Describe each mapping; ``images`` are base and end of the loaded modules, in order."""
    described = []
    image = 0
    for mapping in mappings:
        while image < len(images) and images[image][1] <= mapping.start:
            image += 1
        inside = image < len(images) and images[image][0] <= mapping.start
        described.append(_region(mapping, images[image][0] if inside else None))
    return tuple(described)


def _region(mapping: Mapping, image_base: int | None) -> Region:
    protect = mapping.protection
    return Region(
        start=mapping.start,
        end=mapping.end,
        protect=protect,
        type=_type(mapping, image_base is not None),
        allocation_base=mapping.start if image_base is None else image_base,
        allocation_protect=protect,
        name=mapping.name,
        offset=mapping.offset,
        unreadable=_unreadable(mapping),
    )


def _type(mapping: Mapping, in_image: bool) -> MemoryType:
    if in_image:
        return MemoryType.IMAGE
    if mapping.shared or mapping.file_backed:
        return MemoryType.MAPPED
    return MemoryType.PRIVATE


def _unreadable(mapping: Mapping) -> str:
    if mapping.name in _KERNEL_LABELS:
        return "a page of the kernel"
    if mapping.name.startswith("/dev/") and not mapping.name.startswith(_HARMLESS_DEVICES):
        return f"device memory ({mapping.name})"
    if mapping.name.startswith("/secretmem"):
        return "memory the process keeps secret (memfd_secret)"
    return ""
