"""The virtual environment `.venv`, made once and renewed when pyproject.toml changes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from devtools import apt
from devtools.system import ON_WINDOWS

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = REPOSITORY / ".venv"
STAMP = "dumpdesk-setup.json"
ENGINE = Path("packaging", "engine")  # the distribution without the window


class SetupError(Exception):
    """The set-up cannot go on; the message says in a sentence why and what to do."""


def prepare(
    environment: Path = ENVIRONMENT, repository: Path = REPOSITORY, extra: str = "dev"
) -> Path:
    """Return the environment's Python, with the package and its dependencies installed.

    ``extra`` names the optional dependencies of pyproject.toml that are wanted too.
    """
    python = python_of(environment)
    wanted = _state(repository)
    if _read_stamp(environment) == wanted and python.exists():
        return python
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    if not _works(python):
        _create(environment)
    elif _read_stamp(environment) is not None:
        # Else what a file has moved to would lose it when what it has moved from is removed.
        subprocess.call([*pip, "uninstall", "--quiet", "--yes", "dumpdesk", "dumpengine"])
    print(f"Installing DumpDesk and its dependencies into {environment.name} ...", flush=True)
    # Somebody who waits wants to see the download move; a log does not.
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    both = ["--editable", f"{repository / ENGINE}", "--editable", f"{repository}[{extra}]"]
    if subprocess.call([*pip, "install", *quiet, *both]):
        raise SetupError(
            "pip could not install the dependencies (its message is above); check the network "
            "and start again."
        )
    (environment / STAMP).write_text(json.dumps(wanted))
    return python


def python_of(environment: Path) -> Path:
    """Return where the environment's Python is."""
    if ON_WINDOWS:
        return environment / "Scripts" / "python.exe"
    return environment / "bin" / "python"


def _state(repository: Path) -> dict[str, str]:
    """Return what an installation depends on; an editable one holds the repository's path."""
    return {
        "pyproject": _digest(repository / "pyproject.toml"),
        "engine": _digest(repository / ENGINE / "pyproject.toml"),
        "repository": str(repository),
        "python": sys.version,
    }


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _read_stamp(environment: Path) -> object:
    try:
        return json.loads((environment / STAMP).read_text())
    except (OSError, ValueError):
        return None


def _works(python: Path) -> bool:
    """Whether the environment's Python starts and has pip; a removed base Python breaks it."""
    if not python.exists():
        return False
    check = "import sys, pip; sys.exit(sys.version_info[:2] != %r)" % (sys.version_info[:2],)  # noqa: UP031
    try:
        return subprocess.call([str(python), "-c", check], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def _create(environment: Path) -> None:
    _need_venv()
    print(f"Making a virtual environment in {environment.name} ...", flush=True)
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(environment)]):
        raise SetupError("Python could not make the virtual environment (its message is above).")


def _need_venv() -> None:
    # Debian takes these two out of Python, into a package of their own.
    if all(importlib.util.find_spec(module) for module in ("venv", "ensurepip")):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if not apt.install([package]):
        raise SetupError(
            "Python's venv module is missing; install it, on Debian and Ubuntu with: "
            f"sudo apt-get install {package}"
        )
