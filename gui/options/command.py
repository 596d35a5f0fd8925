"""The `dumpengine` command that does what the window would. Pure functions."""

from __future__ import annotations

import shlex
from pathlib import Path

from dumpengine import PRESETS, Mode
from gui.captures.extras import Extras


def type_argument(dump_type: int) -> str:
    """Return the preset's name, or the number."""
    for preset in PRESETS.values():
        if preset.value == dump_type:
            return preset.name
    return f"0x{dump_type:X}"


def equivalent_command(pid: int, dump_type: int, extras: Extras, path: Path) -> str:
    """Return the command line, quoted for a shell."""
    words = ["dumpengine", "dump", str(pid), "-t", type_argument(dump_type), "-o", str(path)]
    if extras.mode is not Mode.AUTO:
        words += ["--mode", extras.mode.value]
    if extras.redact:
        words.append("--redact")
    if extras.comment:
        words += ["--comment", extras.comment]
    for stream in extras.stream_files:
        words += ["--user-stream", f"{stream.type}={stream.path}"]
    for thread in sorted(extras.exclude_threads):
        words += ["--exclude-thread", str(thread)]
    for module in sorted(extras.exclude_modules):
        words += ["--exclude-module", module]
    return shlex.join(words)
