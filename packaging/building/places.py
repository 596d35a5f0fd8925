"""Where things are while packages are built, and what the packages are called."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGING = REPOSITORY / "packaging"
MADE = REPOSITORY / "build" / "package"  # intermediate files
RESULTS = REPOSITORY / "dist"


def version() -> str:
    """Return the version from the one place it is written."""
    text = (REPOSITORY / "dumpengine" / "_version.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if match is None:
        raise ValueError("dumpengine/_version.py names no version")
    return match[1]
