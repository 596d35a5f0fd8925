"""The frozen folder: PyInstaller's work, and the licences of what it brings."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Sequence
from pathlib import Path

from building.places import MADE, PACKAGING, REPOSITORY
from devtools.environment import SetupError

_DRAWING = REPOSITORY / "resources" / "icons" / "dumpdesk.svg"


def draw_icons(python: Path) -> None:
    """Draw the icons into build/package."""
    run([str(python), str(PACKAGING / "building" / "icons.py"), str(_DRAWING), str(MADE)])


def freeze(python: Sequence[str], folder: Path) -> Path:
    """Build ``folder``/dumpdesk with PyInstaller of that Python; return it."""
    command = [*python, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    work = MADE / f"work-{folder.name}"
    places = ["--distpath", _relative(folder), "--workpath", _relative(work)]
    run([*command, *places, "packaging/pyinstaller/dumpdesk.spec"])
    return folder / "dumpdesk"


def add_licences(program: Path, packages: Path) -> None:
    """Put the licence of everything in the frozen ``program`` into its folder ``licences``.

    ``packages`` is the site-packages folder the program was built from.
    """
    place = program / "licences"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(REPOSITORY / "LICENSE", place / "DumpDesk.txt")
    for text in (PACKAGING / "licences").glob("*.txt"):
        shutil.copy(text, place / text.name)
    for name in ("psutil", "rich", "shtab", "regex", "ahocorasick_rs", "pyinstaller"):
        _copy(_first(packages.glob(f"{name}-*.dist-info/**/*"), name), place / f"{name}.txt")
    copy_python_licence(place)


def copy_python_licence(place: Path) -> None:
    """Copy the licence of the Python that runs this; it is the same on every system."""
    stdlib = Path(sysconfig.get_path("stdlib"))
    found = _first([stdlib / "LICENSE.txt", stdlib.parent / "LICENSE.txt"], "Python")
    _copy(found, place / "Python.txt")


def add_library_licences(program: Path) -> None:
    """Add Debian's copyright files of the system libraries that lie in the frozen folder."""
    found = set()
    for library in sorted((program / "_internal").glob("lib*.so*")):
        package = _package_of(library.name)
        if package:
            found.add(package)
    for package in sorted(found):
        text = Path("/usr/share/doc") / package / "copyright"
        if text.is_file():
            shutil.copy(text, program / "licences" / f"{package}.txt")


def _package_of(library: str) -> str:
    done = subprocess.run(
        ["dpkg-query", "-S", f"*/{library}"], capture_output=True, text=True, check=False
    )
    return done.stdout.split(":")[0] if done.returncode == 0 else ""


def _first(paths: Iterable[Path], what: str) -> Path:
    names = ("license", "licence", "copying")
    for path in paths:
        if path.is_file() and path.name.lower().startswith(names):
            return path
    raise SetupError(f"The licence of {what} is not where it should be.")


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


def _relative(path: Path) -> str:
    """A path another system's Python understands too, from the repository."""
    return path.relative_to(REPOSITORY).as_posix()


def run(command: Sequence[str]) -> None:
    """Run a command in the repository; raises SetupError when it fails."""
    try:
        done = subprocess.run(command, cwd=REPOSITORY, check=False)
    except OSError as error:
        raise SetupError(f"{command[0]} cannot be started: {error.strerror}.") from None
    if done.returncode:
        raise SetupError(f"{' '.join(command[:3])} ended with exit code {done.returncode}.")
