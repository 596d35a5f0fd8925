"""What puts “Dump this process” into the menus of the system's file manager, where a user may."""

from __future__ import annotations

from typing import Protocol

from gui.explorer_menu import explorer_menu
from gui.nautilus_script import nautilus_script


class FileManagerMenu(Protocol):
    """The entries of one file manager."""

    @property
    def question(self) -> str:
        """What the switch in the settings says."""

    @property
    def for_everybody(self) -> bool:
        """Whether the entries are there for all users, which one of them cannot change."""

    @property
    def shown(self) -> bool:
        """Whether the entries are there."""

    def show(self, wanted: bool) -> None:
        """Add the entries for the user, or remove them; raises OSError where that fails."""


def file_manager_menu() -> FileManagerMenu | None:
    """Return the menu of this system; None where there is nothing to switch."""
    return explorer_menu() or nautilus_script()
