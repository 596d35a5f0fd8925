"""What follows from the commands' declarations is up to date, and whole."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dumpengine.cli import commands

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.insert(0, str(PACKAGING))
manual = importlib.import_module("building.manual")
readme = importlib.import_module("devtools.readme")
sys.path.remove(str(PACKAGING))


@pytest.fixture(scope="module")
def page() -> str:
    return manual.manual((PACKAGING / "linux" / "dumpengine.1").read_text(encoding="utf-8"))


def test_the_readme_lists_the_commands_of_today() -> None:
    """When this fails: ``python3 packaging/dev.py docs``."""
    text = readme.README.read_text(encoding="utf-8")
    assert text == readme.with_commands(text)


def test_the_manual_has_every_command_and_option(page: str) -> None:
    for name in commands.NAMES:
        section = page.partition(f"\n.SS {name}\n")[2].partition("\n.S")[0]
        assert f"\\fBdumpengine {name}\\fR" in page
        for argument in commands.load(name).arguments:
            for word in argument.names:
                assert (word if word[0] == "-" else word.upper()).replace("-", r"\-") in section


def test_the_manual_is_filled_but_for_the_release(page: str) -> None:
    assert {word for word in page.split() if word.startswith('"@')} == {'"@DATE@"'}
    assert page.count("@") == 4


def test_the_manual_is_sound_roff(page: str) -> None:
    if shutil.which("groff") is None:
        pytest.skip("there is no groff")
    command = ["groff", "-man", "-Tutf8", "-ww", "-z"]
    done = subprocess.run(command, input=page, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("text", "set_as"),
    [("a-b", r"a\-b"), (".starts", r"\&.starts"), ("a\\b", r"a\eb"), ("plain", "plain")],
)
def test_roff_sets_the_text_as_it_is(text: str, set_as: str) -> None:
    assert manual._escaped(text) == set_as
