"""The stored dumps of ``tests/samples``; its README says how each was made."""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "samples"
NAMES = tuple(sorted(path.name.removesuffix(".dmp.xz") for path in FOLDER.glob("*.dmp.xz")))


@cache
def sample(name: str) -> bytes:
    """Return the bytes of a sample."""
    return lzma.decompress((FOLDER / f"{name}.dmp.xz").read_bytes())


def unpacked(name: str, folder: Path) -> Path:
    """Write a sample into ``folder`` for a reader that wants a file; return its path."""
    path = folder / f"{name}.dmp"
    path.write_bytes(sample(name))
    return path
