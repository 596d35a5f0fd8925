"""The entries in Explorer's menus, as the installer makes them, in the user's own registry.

https://learn.microsoft.com/windows/win32/shell/context-menu-handlers
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSettings

from dumpengine import ON_WINDOWS
from gui.i18n import tr

_CLASSES = r"Software\Classes"
_NAME = "DumpDesk"


@dataclass(frozen=True, slots=True)
class Verb:
    """An entry: for which files (a key of the classes), its title, what it starts."""

    files: str
    title: str
    command: str

    @property
    def place(self) -> str:
        """The key that holds it."""
        return f"{self.files}/shell/{_NAME}"


_DUMP = ("Dump this process", '"{program}" --exe "%1"')
_OPEN = ("Open in DumpDesk", '"{program}" "%1"')
VERBS = (
    Verb("SystemFileAssociations/.exe", *_DUMP),
    Verb("lnkfile", *_DUMP),
    Verb("SystemFileAssociations/.dmp", *_OPEN),
    Verb("SystemFileAssociations/.mdmp", *_OPEN),
)


class ExplorerMenu:
    """``user`` and ``everybody`` are their classes in the registry."""

    def __init__(self, program: Path, user: QSettings, everybody: QSettings) -> None:
        self._program = program
        self._user = user
        self._everybody = everybody

    @property
    def question(self) -> str:
        """What the switch in the settings says."""
        return tr("Show “Dump this process” in &Explorer's menus")

    @property
    def for_everybody(self) -> bool:
        """Whether the entries are there for all users, which one of them cannot change."""
        return all(map(self._everybody.contains, _titles()))

    @property
    def shown(self) -> bool:
        """Whether the entries are there."""
        return self.for_everybody or all(map(self._user.contains, _titles()))

    def show(self, wanted: bool) -> None:
        """Add the entries for the user, or remove them and what would be left empty."""
        for verb in VERBS:
            if wanted:
                self._add(verb)
            else:
                self._remove(verb)
        self._user.sync()

    def _add(self, verb: Verb) -> None:
        program = str(self._program)
        self._user.setValue(f"{verb.place}/MUIVerb", verb.title)
        self._user.setValue(f"{verb.place}/Icon", program)
        command = verb.command.format(program=program)
        self._user.setValue(f"{verb.place}/command/.", command)  # a key's own value

    def _remove(self, verb: Verb) -> None:
        self._user.remove(verb.place)
        for group in (f"{verb.files}/shell", verb.files):
            self._user.beginGroup(group)
            empty = not self._user.childGroups() and not self._user.childKeys()
            self._user.endGroup()
            if empty:
                self._user.remove(group)


def _titles() -> list[str]:
    return [f"{verb.place}/MUIVerb" for verb in VERBS]


def explorer_menu() -> ExplorerMenu | None:
    """Return the menu of this system for the installed or portable program; None elsewhere."""
    if ON_WINDOWS and getattr(sys, "frozen", False):
        native = QSettings.Format.NativeFormat
        roots = ("HKEY_CURRENT_USER", "HKEY_LOCAL_MACHINE")
        user, everybody = (QSettings(rf"{root}\{_CLASSES}", native) for root in roots)
        return ExplorerMenu(Path(sys.executable), user, everybody)
    return None
