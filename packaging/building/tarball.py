"""The portable folder for any Linux, packed, with a text that says what it cannot do."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from building.places import MADE, PACKAGING, RESULTS, version
from devtools import qt_libraries

_LINUX = PACKAGING / "linux"


def build(program: Path, machine: str) -> Path:
    """Pack a copy of the frozen ``program``; return the archive."""
    name = f"dumpdesk-{version()}-linux-{machine}"
    folder = MADE / "portable" / name
    shutil.rmtree(folder.parent, ignore_errors=True)
    shutil.copytree(program, folder, symlinks=True)
    shutil.copytree(_LINUX / "service-menus", folder / "service-menus")
    shutil.copy(MADE / "dumpdesk-128.png", folder / "dumpdesk.png")
    (folder / "README.txt").write_text(_readme(), encoding="utf-8")
    archive = RESULTS / f"{name}.tar.gz"
    RESULTS.mkdir(exist_ok=True)
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(folder, name, filter=_owned_by_nobody_special)
    return archive


def _readme() -> str:
    text = (_LINUX / "README.portable.txt").read_text(encoding="utf-8")
    packages = sorted(set(qt_libraries.LIBRARIES.values()))
    return text.replace("@VERSION@", version()).replace("@PACKAGES@", " ".join(packages))


def _owned_by_nobody_special(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
