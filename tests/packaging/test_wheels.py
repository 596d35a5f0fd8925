"""The two distributions: no file has two owners, and one requires the other of its version."""

from __future__ import annotations

import importlib
import sys
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from dumpengine import __version__

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.insert(0, str(PACKAGING))
wheels = importlib.import_module("building.wheels")
sys.path.remove(str(PACKAGING))

pytest.importorskip("hatchling")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    found: list[Path] = wheels.build(Path(sys.executable), tmp_path_factory.mktemp("wheels"))
    return found


def facts(wheel: Path) -> tuple[set[str], Message]:
    with ZipFile(wheel) as packed:
        names = set(packed.namelist())
        (about,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        return names, message_from_bytes(packed.read(about))


def test_no_file_has_two_owners(built: list[Path]) -> None:
    (engine, _), (window, _) = map(facts, built)
    assert not engine & window
    assert {name.split("/")[0] for name in engine if ".dist-info" not in name} == {"dumpengine"}
    assert {"dumpengine/py.typed", "dumpengine/cli/commands/dump.py"} <= engine
    assert {"gui/app.py", "resources/CHANGELOG.md", "resources/icons/dump.svg"} <= window


def test_the_window_requires_the_engine_of_its_version(built: list[Path]) -> None:
    _, window = facts(built[1])
    needed = window.get_all("Requires-Dist") or []
    assert f"dumpengine=={__version__}" in needed
    assert window["Version"] == __version__


def test_the_engine_requires_no_qt(built: list[Path]) -> None:
    _, engine = facts(built[0])
    assert not [each for each in engine.get_all("Requires-Dist") or [] if "pyside" in each.lower()]
    assert engine["Version"] == __version__
