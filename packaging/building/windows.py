"""The Windows build: frozen folder, portable zip, installer; here or behind a launcher.

A launcher is a command that starts a Windows Python and can see the repository, by the paths the
launcher is started with. makensis runs on Linux too.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from building import frozen, smoke
from building.places import MADE, PACKAGING, REPOSITORY, RESULTS, version
from devtools.environment import SetupError

_LACKING = "windows-packages"  # the spec looks there
_DESCRIBE = """
import importlib.util, json, sys, sysconfig
print(json.dumps({
    "version": "{}.{}".format(*sys.version_info),
    "packages": sysconfig.get_path("purelib"),
    "missing": [name for name in sys.argv[1:] if importlib.util.find_spec(name) is None],
}))
"""
# What the engine needs beside psutil, which the Windows Python has.
_NEEDED = ("rich", "shtab", "regex", "ahocorasick_rs")
_FOUND = """
import importlib.metadata, json, sys
texts = {}
for name in sys.argv[1:]:
    for path in importlib.metadata.files(name) or []:
        if path.name.lower().startswith(("license", "copying")):
            texts.setdefault(name, path.read_text())
print(json.dumps(texts))
"""
_RUN = """
import os, subprocess, sys
if "MS_DBGCORE" in os.environ:  # a system that only imitates Windows tells where the real DLL is
    os.environ.setdefault("DUMPENGINE_DLL", os.environ["MS_DBGCORE"])
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, capture_output=True)
sys.stdout.buffer.write(done.stdout + done.stderr)
sys.exit(done.returncode)
"""


def build(launcher: Sequence[str]) -> list[Path]:
    """Build and try everything; return the packages."""
    about = json.loads(_output(launcher, _DESCRIBE, *_NEEDED))
    for package in about["missing"]:
        _fetch(package, about["version"])
    program = frozen.freeze(launcher, RESULTS / "win32")
    _add_licences(program, launcher)
    smoke.smoke(program, [*launcher, "-c", _RUN])
    results = [_zip(program)]
    if shutil.which("makensis"):
        results.append(_installer(program))
    return results


def _fetch(package: str, python: str) -> None:
    place = MADE / _LACKING
    if (place / package).is_dir():
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    where = ["--target", str(place), "--platform", "win_amd64", "--python-version", python]
    frozen.run([*pip, *where, "--only-binary=:all:", package])


def _add_licences(program: Path, launcher: Sequence[str]) -> None:
    place = program / "licences"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(REPOSITORY / "LICENSE", place / "DumpDesk.txt")
    for text in (PACKAGING / "licences").glob("*.txt"):
        shutil.copy(text, place / text.name)
    found = json.loads(_output(launcher, _FOUND, "psutil", "pyinstaller"))
    for name, text in found.items():
        (place / f"{name}.txt").write_text(text, encoding="utf-8")
    frozen.copy_python_licence(place)
    for text in (MADE / _LACKING).glob("*.dist-info/**/LICEN[CS]E*"):
        name = next(part for part in text.parts if part.endswith(".dist-info")).partition("-")[0]
        shutil.copyfile(text, place / f"{name}.txt")


def _zip(program: Path) -> Path:
    """Pack the folder as it is: unpacked anywhere, it runs."""
    archive = RESULTS / f"dumpdesk-{version()}-windows-x64.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(program.rglob("*")):
            if path.is_file():
                packed.write(path, Path("dumpdesk") / path.relative_to(program))
    return archive


def _installer(program: Path) -> Path:
    result = RESULTS / f"dumpdesk-{version()}-setup.exe"
    size = sum(path.stat().st_size for path in program.rglob("*") if path.is_file()) // 1024
    defines = {
        "VERSION": version(),
        "PROGRAM": str(program),
        "ICON": str(MADE / "dumpdesk.ico"),
        "RESULT": str(result),
        "SIZE": str(size),
    }
    options = [f"-D{name}={value}" for name, value in defines.items()]
    script = str(PACKAGING / "windows" / "installer.nsi")
    frozen.run(["makensis", "-V2", "-WX", *options, script])
    return result


def _output(launcher: Sequence[str], code: str, *arguments: str) -> str:
    """Run code in the Windows Python; return the last line it prints."""
    command = [*launcher, "-c", code, *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"{launcher[0]} does not start a Windows Python: {done.stderr.strip()}")
    return done.stdout.strip().splitlines()[-1]
