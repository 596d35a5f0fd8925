"""The entry among the scripts of GNOME's file manager, which knows each user's own only."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from dumpengine import ON_LINUX
from gui.i18n import tr

SCRIPT = "Dump this process"
INSTALLED = Path("/usr/share/dumpdesk/nautilus-scripts")  # where the Debian package puts it


class NautilusScript:
    """``script`` is what comes with the program, ``folder`` the one of the user's scripts.

    A link, so that the entry goes when the program goes.
    """

    for_everybody = False

    def __init__(self, script: Path, folder: Path) -> None:
        self._script = script
        self._link = folder / SCRIPT

    @property
    def question(self) -> str:
        """What the switch in the settings says."""
        return tr("Show “Dump this process” among the scripts in the menus of GNOME's &Files")

    @property
    def shown(self) -> bool:
        """Whether the entry is there, as a link or as a copy, and leads somewhere."""
        return self._link.is_file()

    def show(self, wanted: bool) -> None:
        """Add the entry for the user, or remove it; raises OSError where that fails."""
        self._link.unlink(missing_ok=True)
        if wanted:
            self._link.parent.mkdir(parents=True, exist_ok=True)
            self._link.symlink_to(self._script)


def nautilus_script() -> NautilusScript | None:
    """Return the entry of the installed or portable program; None where that manager is not."""
    if not ON_LINUX or not getattr(sys, "frozen", False):
        return None
    folders = (Path(sys.executable).resolve().parent / "service-menus", INSTALLED)
    found = [folder / SCRIPT for folder in folders if (folder / SCRIPT).is_file()]
    if not found or not shutil.which("nautilus"):
        return None
    place = QStandardPaths.StandardLocation.GenericDataLocation
    scripts = Path(QStandardPaths.writableLocation(place)) / "nautilus" / "scripts"
    return NautilusScript(found[0], scripts)
