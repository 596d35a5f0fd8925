"""Starts the frozen programs as a user would, and takes any unexpected word as a failure."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from building.places import REPOSITORY, version
from devtools.environment import SetupError

_TIMEOUT = 120.0

# The offscreen platform says this of every window that has a minimum size or is raised.
_HARMLESS = re.compile(r"This plugin does not support (propagateSizeHints|raise)\(\)")

_SHOWED = r"showed [1-9]\d* processes, [1-9]\d* streams of the dump"
_DUMPED = r"dumped a child, \d+ bytes, [1-9]\d* thread\(s\)"


@dataclass(frozen=True, slots=True)
class Check:
    """Arguments, the lines that must come back (regular expressions), and the exit code."""

    program: str
    arguments: tuple[str, ...]
    lines: tuple[str, ...]
    code: int = 0


def checks() -> tuple[Check, ...]:
    """Return what each of the three programs must answer."""
    number = re.escape(version())
    found = []
    for program in ("dumpdesk", "dumpengine", "dumpengine-helper"):
        shown = (rf"dumpdesk {number}: {_SHOWED}",) * (program == "dumpdesk")
        test = (rf"{program} {number}: {_DUMPED}", *shown)
        found.append(Check(program, ("--version",), (f"{program} {number}",)))
        found.append(Check(program, ("--self-test",), test))
    refused = (r"dumpengine-helper is started by dumpdesk\. .*",)
    found.append(Check("dumpengine-helper", ("--nonsense",), refused, 2))
    return tuple(found)


def smoke(folder: Path, launcher: Sequence[str] = ()) -> None:
    """Run every check on the programs in ``folder``; raises SetupError at the first failure.

    ``launcher`` is put before a program of another system.
    """
    suffix = ".exe" if launcher else ""
    for check in checks():
        program = (folder / (check.program + suffix)).relative_to(REPOSITORY)
        _run(check, [*launcher, f"./{program.as_posix()}", *check.arguments])


def _run(check: Check, command: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as home:
        # A user who has never started it, on a machine without a screen.
        surroundings = {**os.environ, "XDG_CONFIG_HOME": home, "LC_ALL": "C.UTF-8"}
        if len(command) == 1 + len(check.arguments):  # a launcher may need the home it is used to
            surroundings["HOME"] = home
        for name in ("QT_QPA_PLATFORM", "PYTHONPATH", "PYTHONHOME"):
            surroundings.pop(name, None)
        try:
            done = subprocess.run(
                command,
                cwd=REPOSITORY,
                env=surroundings,
                capture_output=True,
                timeout=_TIMEOUT,
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SetupError(f"{' '.join(command)} did not end within {_TIMEOUT:.0f} s") from None
    said = (done.stdout + done.stderr).decode(errors="replace").splitlines()
    problem = judge(check, said, done.returncode)
    if problem:
        raise SetupError(f"{' '.join(command)}: {problem}")


def judge(check: Check, said: Sequence[str], code: int) -> str:
    """Return what is wrong with an answer, empty when nothing is."""
    lines = [line for line in said if line.strip() and not _HARMLESS.search(line)]
    if code != check.code:
        return f"exit code {code}, not {check.code}; it said: {' / '.join(lines)}"
    for expected in check.lines:
        if not lines or not re.fullmatch(expected, lines[0]):
            return f"expected {expected!r}, got: {' / '.join(lines) or 'nothing'}"
        del lines[0]
    return f"unexpected output: {' / '.join(lines)}" if lines else ""
