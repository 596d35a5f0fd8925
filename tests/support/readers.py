"""Other people's minidump readers: where they are, and what they say.

Breakpad's tools are looked for in ``DUMPDESK_BREAKPAD_DIR``, else in ``.venv/breakpad``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def breakpad_tool(name: str) -> Path:
    """Return ``minidump_dump``, ``minidump_stackwalk`` or ``dump_syms``; skips when absent."""
    if sys.platform == "win32":
        pytest.skip("Breakpad's tools here are Linux programs")
    folder = Path(os.environ.get("DUMPDESK_BREAKPAD_DIR", _ROOT / ".venv" / "breakpad"))
    tool = folder / name
    if not os.access(tool, os.X_OK):
        pytest.skip(f"Breakpad's {name} is not in {folder}")
    return tool


def run_breakpad(name: str, path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a Breakpad tool on a dump; stderr is its log."""
    command = [str(breakpad_tool(name)), *options, str(path)]
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", timeout=60, check=False
    )


def lldb() -> str:
    """Return LLDB's path; skips when it is not installed."""
    found = shutil.which("lldb")
    if found is None:
        pytest.skip("lldb is not installed")
    return found


def run_lldb(path: Path, *commands: str, before: str = "version") -> str:
    """Open a dump in LLDB, after a command ``before``; return what it prints for ``commands``."""
    options = [part for command in commands for part in ("-o", command)]
    done = subprocess.run(
        [
            lldb(),
            "--no-lldbinit",
            "-b",
            "-o",
            before,
            "-o",
            f"target create --core {path}",
            *options,
        ],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout + done.stderr
