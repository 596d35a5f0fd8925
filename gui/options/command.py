"""The `dumpengine` command that does what the window would. Pure functions."""

from __future__ import annotations

import shlex
from pathlib import Path

from dumpengine import PRESETS, CaptureOptions


def type_argument(dump_type: int) -> str:
    """Return the preset's name, or the number."""
    for preset in PRESETS.values():
        if preset.value == dump_type:
            return preset.name
    return f"0x{dump_type:X}"


def equivalent_command(pid: int, chosen: CaptureOptions, path: Path) -> str:
    """Return the command line, quoted for a shell."""
    wanted = type_argument(chosen.dump_type)
    words = ["dumpengine", "dump", str(pid), "-t", wanted, "-o", str(path), *chosen.words()]
    return shlex.join(words)
