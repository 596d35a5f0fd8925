"""A symbol store for Breakpad, filled with ``dump_syms``."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.support.readers import breakpad_tool


def symbol_store(folder: Path, files: Iterable[Path]) -> Path:
    """Store the symbols of programs and libraries as ``NAME/ID/NAME.sym``."""
    for file in files:
        done = subprocess.run(
            [breakpad_tool("dump_syms"), file], capture_output=True, timeout=120, check=True
        )
        _module, _system, _processor, identity, name = done.stdout.split(b"\n", 1)[0].split(b" ", 4)
        place = folder / name.decode() / identity.decode()
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name.decode()}.sym").write_bytes(done.stdout)
    return folder
