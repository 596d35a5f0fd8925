"""The command line of the window."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gui.arguments import parse


def test_a_programs_name_stays_a_name() -> None:
    assert parse(["--exe", "firefox"]).exe == "firefox"


def test_a_path_is_the_programs_own(tmp_path: Path) -> None:
    program = tmp_path.resolve() / "program"
    program.touch()
    (tmp_path / "folder").mkdir()
    assert parse(["--exe", f"{tmp_path}/folder/../program"]).exe == str(program)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_links_lead_to_the_program(tmp_path: Path) -> None:
    program = tmp_path.resolve() / "program"
    program.touch()
    (tmp_path / "first").symlink_to(program)
    (tmp_path / "second").symlink_to(tmp_path / "first")
    assert parse(["--exe", str(tmp_path / "second")]).exe == str(program)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("dumpdesk ")
