"""The switch for the entries in Explorer's menus; on Windows in its registry, else in files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from gui.explorer_menu import VERBS, ExplorerMenu, explorer_menu
from gui.settings_dialog import SettingsDialog

PROGRAM = Path("C:/Programs/DumpDesk/dumpdesk.exe")
ROOT = Path(__file__).parents[2]
Classes = tuple[QSettings, QSettings]


@pytest.fixture
def classes(tmp_path: Path) -> Iterator[Classes]:
    """The user's and everybody's classes, somewhere else."""
    places = [str(tmp_path / name) for name in ("user.ini", "everybody.ini")]
    kind = QSettings.Format.IniFormat
    if sys.platform == "win32":
        places = [rf"HKEY_CURRENT_USER\Software\DumpDeskTest\{name}" for name in ("a", "b")]
        kind = QSettings.Format.NativeFormat
    user, everybody = (QSettings(place, kind) for place in places)
    yield user, everybody
    for each in (user, everybody):
        each.clear()


def test_shown_and_hidden_again(classes: Classes) -> None:
    user, everybody = classes
    user.setValue("SystemFileAssociations/.exe/shell/Other/MUIVerb", "Somebody else's")
    menu = ExplorerMenu(PROGRAM, user, everybody)
    assert not menu.shown
    menu.show(True)
    assert menu.shown
    assert not menu.for_everybody
    place = "SystemFileAssociations/.exe/shell/DumpDesk"
    assert user.value(f"{place}/MUIVerb") == "Dump this process"
    assert user.value(f"{place}/command/.") == f'"{PROGRAM}" --exe "%1"'
    menu.show(False)
    assert not menu.shown
    assert user.allKeys() == ["SystemFileAssociations/.exe/shell/Other/MUIVerb"]
    assert user.childGroups() == ["SystemFileAssociations"]
    assert not everybody.allKeys()


def test_the_switch_in_the_settings(desk, classes: Classes) -> None:
    menu = ExplorerMenu(PROGRAM, *classes)
    dialog = SettingsDialog(desk.settings, desk.window, menu)
    assert not dialog.file_manager.isChecked()
    dialog.file_manager.click()
    assert menu.shown
    dialog.file_manager.click()
    assert not menu.shown
    dialog.close()


def test_what_all_users_have_cannot_be_switched_off(desk, classes: Classes) -> None:
    user, everybody = classes
    ExplorerMenu(PROGRAM, everybody, user).show(True)
    dialog = SettingsDialog(desk.settings, desk.window, ExplorerMenu(PROGRAM, user, everybody))
    assert dialog.file_manager.isChecked()
    assert not dialog.file_manager.isEnabled()
    assert "all users" in dialog.file_manager.toolTip()
    dialog.close()


def test_elsewhere_there_is_no_switch(desk) -> None:
    assert explorer_menu() is None
    dialog = SettingsDialog(desk.settings, desk.window, None)
    assert dialog.file_manager.isHidden()
    dialog.close()


def test_the_installer_makes_the_same_entries() -> None:
    script = (ROOT / "packaging/windows/verbs.nsh").read_text().replace("\\\n", " ")
    found = re.findall(
        r'WriteVerb "\$\{(\w+)\}(\S+)" "([^"]+)" "\$\{PROGRAM\}"\s+\'([^\']+)\'', script
    )
    prefix = {"ASSOCIATIONS": "SystemFileAssociations", "CLASSES": ""}
    entries = {
        ((prefix[base] + key).replace("\\", "/").strip("/"), title, command)
        for base, key, title, command in found
    }
    expected = {
        (verb.files, verb.title, verb.command.format(program="${PROGRAM}")) for verb in VERBS
    }
    assert entries == expected
