"""What the window can do about a failure, as buttons. Pure functions."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dumpengine import PRESETS, MinidumpType
from gui.i18n import tr

if TYPE_CHECKING:
    from pathlib import Path

    from dumpengine import CaptureResult, ProcessKey
    from gui.services import Services

LOW_SPACE = 64_000_000  # left for the rest of the system
_NO_ROOM = (0x80070070, 0x800700DF)  # disk full, file too large


class Remedy(Enum):
    """A next step after a failure."""

    CHOOSE_FOLDER = "choose_folder"
    SMALLER = "smaller"
    AGAIN = "again"
    ADMINISTRATOR = "administrator"

    @property
    def title(self) -> str:
        """The button's text."""
        return {
            Remedy.CHOOSE_FOLDER: tr("Choose another folder"),
            Remedy.SMALLER: tr("Use a smaller preset"),
            Remedy.AGAIN: tr("Try again"),
            Remedy.ADMINISTRATOR: tr("Try as administrator"),
        }[self]

    @property
    def icon(self) -> str:
        """The button's icon."""
        return {
            Remedy.CHOOSE_FOLDER: "folder",
            Remedy.SMALLER: "dump",
            Remedy.AGAIN: "retry",
            Remedy.ADMINISTRATOR: "lock",
        }[self]


def remedies(result: CaptureResult, smaller: MinidumpType | None = None) -> tuple[Remedy, ...]:
    """Return what can be offered; empty when nothing the window does would help.

    ``smaller`` is a preset for which there is room, once that is known.
    """
    if result.ok or result.error == "no_process":
        return ()
    if result.error == "access":
        return (Remedy.ADMINISTRATOR,)
    if result.error == "cancelled":
        return (Remedy.AGAIN,)
    if result.hresult in _NO_ROOM:
        fitting = (Remedy.SMALLER,) if smaller is not None else ()
        return (Remedy.CHOOSE_FOLDER, *fitting, Remedy.AGAIN)
    if result.error == "destination":
        return (Remedy.CHOOSE_FOLDER, Remedy.AGAIN)
    return (Remedy.AGAIN,)


def wants_room(result: CaptureResult) -> bool:
    """Return whether a smaller dump could have been made."""
    return not result.ok and result.hresult in _NO_ROOM


def smaller_types(dump_type: int) -> tuple[MinidumpType, ...]:
    """Return the presets below this type, the largest first; none below Mini."""
    sizes = [PRESETS[name].value for name in ("max", "full", "heap", "mini")]
    if dump_type in sizes:
        return tuple(sizes[sizes.index(MinidumpType(dump_type)) + 1 :])
    return tuple(sizes[2:] if dump_type & MinidumpType.WithFullMemory else sizes[3:])


def smaller_that_fits(
    services: Services, key: ProcessKey, dump_type: int, folder: Path
) -> MinidumpType | None:
    """Return the largest of them for which the folder has room; off the main thread."""
    free = services.free_space(folder)
    for smaller in smaller_types(dump_type):
        size = services.estimate(key, smaller).total
        if free is None or size + LOW_SPACE <= free:
            return smaller
    return None
