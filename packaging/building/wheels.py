"""The two distributions for pip: the engine, and the window that requires it."""

from __future__ import annotations

from pathlib import Path

from building.frozen import run
from building.places import PACKAGING, REPOSITORY, RESULTS

PROJECTS = (PACKAGING / "engine", REPOSITORY)


def build(python: Path, folder: Path = RESULTS) -> list[Path]:
    """Build both with ``python``, which has hatchling; return them, the engine first."""
    for project in PROJECTS:
        tool = [str(python), "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        run([*tool, "--wheel-dir", str(folder), str(project)])
    return [next(folder.glob(f"{name}-*.whl")) for name in ("dumpengine", "dumpdesk")]
