"""``dev.py package``: everything this machine can build, tried out before it is called done."""

from __future__ import annotations

import platform
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from building import deb, documents, frozen, smoke, tarball, wheels, windows
from building.places import MADE, REPOSITORY, RESULTS
from devtools import qt_libraries
from devtools.environment import SetupError, prepare
from devtools.system import ON_LINUX, ON_WINDOWS, PLATFORM

USAGE = "usage: packaging/dev.py package [--windows COMMAND]"


def package(arguments: Sequence[str]) -> int:
    """Build for this system; with ``--windows COMMAND`` also by a Windows Python behind it."""
    launcher = _launcher(arguments)
    python = prepare(MADE / "environment", REPOSITORY, extra="package")
    qt_libraries.provide()
    frozen.draw_icons(python)
    documents.write(python)
    results = [*wheels.build(python), *_for_this_system(python)]
    if launcher:
        results += windows.build(launcher)
    for result in results:
        print(f"{result.relative_to(REPOSITORY)}  {result.stat().st_size / 1e6:.1f} MB")
    return 0


def _launcher(arguments: Sequence[str]) -> list[str]:
    match list(arguments):
        case []:
            return []
        case ["--windows", command]:
            return shlex.split(command)
        case _:
            raise SetupError(f"That is not how it is used; {USAGE}")


def _for_this_system(python: Path) -> list[Path]:
    if ON_WINDOWS:
        return windows.build([str(python)])
    folder = RESULTS / PLATFORM
    program = frozen.freeze([str(python)], folder)
    frozen.add_licences(program, _packages(python))
    if not ON_LINUX:
        smoke.smoke(program)
        return []
    frozen.add_library_licences(program)
    smoke.smoke(program)
    results = [tarball.build(program, platform.machine())]
    if shutil.which("dpkg-deb"):
        results.append(deb.build(program, _debian_architecture()))
    return results


def _packages(python: Path) -> Path:
    command = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


def _debian_architecture() -> str:
    command = ["dpkg", "--print-architecture"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
