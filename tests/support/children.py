"""Child processes in the states that a dumper meets, and questions asked as another user."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SOME_USER = 54321  # an id that no account has
EXE = ".exe" if os.name == "nt" else ""  # how the name of a program ends

_WAIT = "import sys, time; time.sleep(float(sys.argv[1]))"

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user"
)


def _comm(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().rstrip()
    except OSError:
        return ""


# Wine shows /proc to programs of Windows, too.
needs_kernel_threads = pytest.mark.skipif(
    not sys.platform.startswith("linux") or _comm(2) != "kthreadd",
    reason="no kernel thread can be seen here",
)


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for what must come true; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def python_child(code: str = "", *, user: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``code``, then wait for stdin to close; entered when the code has run.

    ``user`` becomes the child's user and group once Python is up: the interpreter may lie where
    only root can read.
    """
    program = [
        "import ctypes, os, sys, threading, time",
        *([f"os.setgroups([]); os.setresgid(*[{user}]*3); os.setresuid(*[{user}]*3)"] * bool(user)),
        # Changing the user makes a process undumpable; a program started as that user is not.
        *(["ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)"] * bool(user)),
        code,
        "print('ready', flush=True)",
        "sys.stdin.read()",
    ]
    child = subprocess.Popen(
        [sys.executable, "-c", "\n".join(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"ready"
        yield child
    finally:
        child.kill()
        child.communicate()


@contextmanager
def program(folder: Path, name: bytes, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A running program of that name, which does nothing for a minute."""
    path = os.fsencode(folder) + b"/" + name + EXE.encode()
    source = sys.executable if EXE else shutil.which("sleep") or "sleep"
    if not os.path.exists(path):
        shutil.copy(source, os.fsdecode(path))
    options = {"env": _beside(Path(source))} if EXE else {}
    command = [*([os.fsdecode(path), "-c", _WAIT] if EXE else [path]), *(arguments or ["60"])]
    with subprocess.Popen(command, **options) as child:
        try:
            yield child
        finally:
            child.kill()


def _beside(python: Path) -> dict[str, str]:
    """Return an environment in which a copy of ``python`` finds what the original has."""
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONHOME": sys.base_prefix}


@contextmanager
def zombie() -> Iterator[int]:
    """A process that has ended and whose parent, we, does not take notice."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        yield child.pid


def ask_as(user: int, expression: str, before: str = "") -> Any:
    """Evaluate ``expression`` (JSON comes out) as ``user``, after the statements ``before``."""
    program = f"""
import ctypes, dataclasses, json, os
from dumpengine.backends.linux import access
os.setgroups([]); os.setresgid(*[{user}] * 3); os.setresuid(*[{user}] * 3)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
{before}
print(json.dumps({expression}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def tracer_of(pid: int) -> int:
    """Return who traces ``pid``, 0 for nobody."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("TracerPid"))


def state_of(pid: int) -> str:
    """Return the state letter of proc(5)."""
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0]
