"""The switch for the entry in the menus of GNOME's file manager."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gui import nautilus_script
from gui.file_manager_menu import file_manager_menu
from gui.nautilus_script import NautilusScript
from gui.settings_dialog import SettingsDialog

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="GNOME's file manager is Linux'")
NAME = "Dump this process"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """What comes with a portable program, beside it."""
    path = tmp_path / "program" / "service-menus" / NAME
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    return path


@pytest.fixture
def place(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Play a frozen program on a system with that file manager; return the entry's place."""
    manager = tmp_path / "bin" / "nautilus"
    manager.parent.mkdir()
    manager.touch(0o755)
    monkeypatch.setenv("PATH", str(manager.parent))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(script.parents[1] / "dumpdesk"))
    return tmp_path / "data/nautilus/scripts" / NAME


def test_shown_and_hidden_again_in_the_settings(desk, script: Path, place: Path) -> None:
    dialog = SettingsDialog(desk.settings, desk.window, file_manager_menu())
    assert "GNOME" in dialog.file_manager.text()
    assert dialog.file_manager.isEnabled()
    assert not dialog.file_manager.isChecked()
    dialog.file_manager.click()
    assert place.readlink() == script
    again = SettingsDialog(desk.settings, desk.window, file_manager_menu())
    assert again.file_manager.isChecked()
    again.file_manager.click()
    assert list(place.parent.iterdir()) == []
    for each in (dialog, again):
        each.close()


def test_what_cannot_be_added_is_said(desk, place: Path) -> None:
    place.parent.parent.mkdir(parents=True)
    place.parent.write_text("no folder")
    dialog = SettingsDialog(desk.settings, desk.window, file_manager_menu())
    dialog.file_manager.click()
    assert not dialog.file_manager.isChecked()
    assert "could not be changed" in dialog.problem.text()
    assert not dialog.problem.isHidden()
    dialog.close()


def test_a_link_to_a_program_that_went_is_no_entry(script: Path, place: Path) -> None:
    menu = NautilusScript(script, place.parent)
    menu.show(True)
    moved = script.rename(script.with_name("moved"))
    assert not menu.shown
    NautilusScript(moved, place.parent).show(True)
    assert place.readlink() == moved


def test_the_packages_script_is_where_it_is_looked_for(
    script: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.unlink()
    assert file_manager_menu() is None
    script.parent.rename(script.parents[1] / "installed")
    installed = script.parents[1] / "installed"
    (installed / NAME).touch()
    monkeypatch.setattr(nautilus_script, "INSTALLED", installed)
    menu = file_manager_menu()
    assert menu is not None
    menu.show(True)
    assert place.readlink() == installed / NAME


@pytest.mark.usefixtures("place")
def test_without_that_file_manager_there_is_no_switch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert file_manager_menu() is None
