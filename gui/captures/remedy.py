"""What the window can do about a failure, as buttons. Pure functions."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dumpengine import PRESETS, MinidumpType
from gui.i18n import tr

if TYPE_CHECKING:
    from dumpengine import CaptureResult

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


def remedies(result: CaptureResult) -> tuple[Remedy, ...]:
    """Return what can be offered; empty when nothing the window does would help."""
    if result.ok or result.error == "no_process":
        return ()
    if result.error == "access":
        return (Remedy.ADMINISTRATOR,)
    if result.error == "cancelled":
        return (Remedy.AGAIN,)
    if result.hresult in _NO_ROOM:
        smaller = (Remedy.SMALLER,) if smaller_type(result.dump_type) is not None else ()
        return (Remedy.CHOOSE_FOLDER, *smaller)
    if result.error == "destination":
        return (Remedy.CHOOSE_FOLDER,)
    return (Remedy.AGAIN,)


def smaller_type(dump_type: int) -> MinidumpType | None:
    """Return the next smaller preset; None below Mini."""
    sizes = [PRESETS[name].value for name in ("mini", "heap", "full", "max")]
    if dump_type in sizes[1:]:
        return sizes[sizes.index(MinidumpType(dump_type)) - 1]
    if dump_type & MinidumpType.WithFullMemory:
        return PRESETS["heap"].value
    return PRESETS["mini"].value if dump_type != sizes[0] else None
