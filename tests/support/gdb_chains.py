"""The chains of return addresses that gdb sees in a running process: another opinion."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

# Inlined frames and tail calls have no address of their own.
_SCRIPT = """
import gdb
gdb.execute("set pagination off")
gdb.execute("set backtrace past-main on")
for thread in gdb.selected_inferior().threads():
    thread.switch()
    chain, frame = [], gdb.newest_frame()
    try:
        while frame is not None:
            if frame.type() not in (gdb.INLINE_FRAME, gdb.TAILCALL_FRAME):
                chain.append(frame.pc())
            frame = frame.older()
    except gdb.error:
        pass
    print("CHAIN", thread.ptid[1], *chain)
"""

_GDB = ("gdb", "-q", "-nx", "-batch", "-iex", "set debuginfod enabled off")


def gdb_chains(pid: int, folder: Path) -> dict[int, list[int]]:
    """Return the addresses of each thread's frames; skips where gdb is missing or may not."""
    if shutil.which("gdb") is None:
        pytest.skip("there is no gdb")
    script = folder / "chains.py"
    script.write_text(_SCRIPT)
    done = subprocess.run(
        [*_GDB, "-p", str(pid), "-x", str(script)],
        capture_output=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
    )
    lines = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("CHAIN")]
    if not lines:
        pytest.skip("gdb does not show this process's threads")
    return {int(tid): list(map(int, chain)) for tid, *chain in lines}
