"""What kind of memory takes how much. Pure functions over a dump's description."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dumpengine import DumpDescription
from gui.i18n import tr


class Kind(Enum):
    """Kinds of memory a person tells apart."""

    HEAP = "heap"
    STACK = "stacks"
    DATA = "other data"
    CODE = "code"
    FILE = "mapped files"
    KERNEL = "kernel pages"

    @property
    def title(self) -> str:
        """The kind in the user's language."""
        return tr(self.value)


@dataclass(frozen=True, slots=True)
class Area:
    """A region with its kind. ``held`` are the bytes of it in the dump."""

    start: int
    size: int
    held: int
    kind: Kind
    name: str
    protection: str

    @property
    def end(self) -> int:
        """First address behind it."""
        return self.start + self.size


def areas(description: DumpDescription) -> tuple[Area, ...]:
    """Return the taken regions by address; the memory ranges where the dump has no map."""
    pointers = [int(thread.stack_pointer) for thread in description.threads]
    found = [
        Area(
            int(region.start),
            region.size,
            region.held,
            _kind(region.name, region.protection, int(region.start), region.size, pointers),
            region.name,
            region.protection,
        )
        for region in description.regions
        if region.state != "free"
    ]
    if not found:
        found = [
            Area(int(held.start), held.size, held.size, Kind.DATA, "", "")
            for held in description.ranges
        ]
    return tuple(sorted(found, key=lambda area: area.start))


def _kind(name: str, protection: str, start: int, size: int, pointers: list[int]) -> Kind:
    if name.startswith(("[vvar", "[vdso", "[vsyscall")):
        return Kind.KERNEL
    if name.startswith("[stack") or any(start <= sp < start + size for sp in pointers):
        return Kind.STACK
    if name.startswith("[heap") or "heap" in name.lower():
        return Kind.HEAP
    if "x" in protection:
        return Kind.CODE
    if name and not name.startswith("["):
        return Kind.FILE
    return Kind.DATA


def held_by_kind(found: tuple[Area, ...]) -> dict[Kind, int]:
    """Return how many bytes of each kind the dump holds, the largest first."""
    totals: dict[Kind, int] = {}
    for area in found:
        totals[area.kind] = totals.get(area.kind, 0) + area.held
    return dict(sorted(totals.items(), key=lambda item: -item[1]))
