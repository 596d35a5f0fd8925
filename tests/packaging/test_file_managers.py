"""The entries in file managers' menus hand over the program as the window expects it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MENUS = Path(__file__).resolve().parents[2] / "packaging/linux/service-menus"


@pytest.mark.skipif(sys.platform != "linux", reason="GNOME's file manager is Linux'")
@pytest.mark.parametrize("name", ["program", "my \"program's", "-x", "$(oops)"])
def test_the_script_of_gnomes_file_manager_names_the_whole_path(tmp_path: Path, name: str) -> None:
    """It starts scripts in the folder shown, with the names of what is selected there."""
    programs, shown = tmp_path / "bin", tmp_path / "a folder"
    programs.mkdir()
    shown.mkdir()
    (shown / name).touch()
    dumpdesk = programs / "dumpdesk"
    dumpdesk.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    dumpdesk.chmod(0o755)
    surroundings = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    command = [str(MENUS / "Dump this process"), name]
    done = subprocess.run(
        ["sh", *command], cwd=shown, env=surroundings, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["--exe", str(shown / name)]


@pytest.mark.skipif(sys.platform != "linux", reason="GNOME's file manager is Linux'")
def test_the_script_starts_the_program_of_its_own_folder(tmp_path: Path) -> None:
    """The portable folder may lie anywhere, and the script behind a link to it."""
    script = MENUS / "Dump this process"
    portable, scripts = tmp_path / "DumpDesk 1: new", tmp_path / "scripts"
    (portable / "service-menus").mkdir(parents=True)
    scripts.mkdir()
    shutil.copy(script, portable / "service-menus")
    (scripts / script.name).symlink_to(portable / "service-menus" / script.name)
    program = portable / "dumpdesk"
    program.write_text('#!/bin/sh\necho "portable $1 $2"\n')
    program.chmod(0o755)
    command = [str(scripts / script.name), "x"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"portable --exe {tmp_path}/x\n"
