"""What packages are made of, as far as it can be told without building them."""

from __future__ import annotations

import configparser
import importlib
import struct
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from dumpengine import __version__
from dumpengine.helper.elevated import HELPER
from gui.nautilus_script import INSTALLED, SCRIPT

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.insert(0, str(PACKAGING))
smoke = importlib.import_module("building.smoke")
icons = importlib.import_module("building.icons")
deb = importlib.import_module("building.deb")
places = importlib.import_module("building.places")
sys.path.remove(str(PACKAGING))

CHECK = smoke.Check("program", ("--version",), (r"program \d\.\d",))


@pytest.mark.parametrize(
    ("said", "code", "problem"),
    [
        (["program 1.0"], 0, ""),
        (["program 1.0", ""], 0, ""),
        (["This plugin does not support propagateSizeHints()", "program 1.0"], 0, ""),
        (["program 1.0", "This plugin does not support raise()"], 0, ""),
        (["program 1.0", "warning: something"], 0, "unexpected output: warning: something"),
        (["Traceback"], 0, r"expected 'program \\d\\.\\d', got: Traceback"),
        ([], 0, r"expected 'program \\d\\.\\d', got: nothing"),
        (["program 1.0"], 1, "exit code 1, not 0; it said: program 1.0"),
    ],
)
def test_any_unexpected_word_is_a_failure(said: list[str], code: int, problem: str) -> None:
    assert smoke.judge(CHECK, said, code) == problem


def test_an_icon_file_finds_its_pictures() -> None:
    pictures = {16: b"small", 256: b"large one"}
    data = icons.ico(pictures)
    assert struct.unpack_from("<HHH", data) == (0, 1, 2)
    for number, (size, picture) in enumerate(pictures.items()):
        entry = struct.unpack_from("<BBBBHHII", data, 6 + 16 * number)
        assert entry[0] == size % 256
        assert data[entry[7] : entry[7] + entry[6]] == picture


@pytest.mark.skipif(sys.platform == "win32", reason="Debian packages are built on Linux")
def test_the_packages_changelog_is_the_windows() -> None:
    latest = "## 0.2.0\n\n* One `thing`\n  of two lines.\n* Another.\n"
    news = f"# What is new\n\n{latest}\n## 0.1\n\n* Old.\n"
    lines = deb.debian_changelog(news).splitlines()
    assert lines[0] == f"dumpdesk ({__version__}) stable; urgency=medium"
    assert lines[1:5] == ["", "  * One thing of two lines.", "  * Another.", ""]
    assert lines[5].startswith(" -- DumpDesk maintainers <")


def test_the_version_is_the_programs() -> None:
    assert places.version() == __version__


def test_every_file_of_the_package_is_there() -> None:
    for source in deb._FILES:
        assert (PACKAGING / "linux" / source).is_file(), source


def test_gnomes_script_is_where_the_settings_look_for_it() -> None:
    assert f"/{deb._FILES['service-menus/Dump this process']}" == (INSTALLED / SCRIPT).as_posix()


def test_polkit_allows_the_helper_that_is_started_and_never_remembers() -> None:
    tree = ET.parse(PACKAGING / "linux" / "org.dumpdesk.policy")
    annotation = tree.find("action/annotate")
    assert annotation is not None
    assert annotation.text == HELPER
    answers = [each.text for each in tree.findall("action/defaults/*")]
    assert answers == ["auth_admin", "no", "auth_admin"]


def test_the_desktop_entrys_actions_are_there() -> None:
    entry = configparser.RawConfigParser()
    entry.read(PACKAGING / "linux" / "dumpdesk.desktop", encoding="utf-8")
    names = entry["Desktop Entry"]["Actions"].rstrip(";").split(";")
    for name in names:
        action = entry[f"Desktop Action {name}"]
        assert action["Name"]
        assert action["Exec"].split()[0] == "dumpdesk"
