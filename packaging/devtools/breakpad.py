"""Breakpad's own readers, which judge our dumps in the tests.

They come ready-built in the npm package ``minidump``; the tests that need them say so and are
skipped where there is no npm.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from devtools.environment import ENVIRONMENT
from devtools.system import ON_LINUX

PACKAGE = "minidump@0.26.0"
SHA256 = "0b09e132e39a5bf555324078a7f1fa2f3fe5c498f44bd80bf6fdfca92c1e2bbd"
TOOLS = ("minidump_dump", "minidump_stackwalk", "dump_syms")
FOLDER = ENVIRONMENT / "breakpad"


def provide(folder: Path = FOLDER) -> bool:
    """Put the tools into ``folder``; return whether they are there."""
    if all((folder / tool).exists() for tool in TOOLS):
        return True
    if not ON_LINUX or platform.machine() != "x86_64":
        return False
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not here: the tests that need Breakpad's readers will be skipped.")
        return False
    with tempfile.TemporaryDirectory() as scratch:
        archive = _fetch(npm, Path(scratch))
        if archive is None:
            return False
        _unpack(archive, folder)
    return True


def _fetch(npm: str, scratch: Path) -> Path | None:
    # `npm pack` only downloads: nothing of the package is run.
    done = subprocess.run(
        [npm, "pack", "--silent", PACKAGE], cwd=scratch, capture_output=True, check=False
    )
    archives = list(scratch.glob("*.tgz"))
    if done.returncode or not archives:
        print(f"npm could not fetch {PACKAGE}: tests of Breakpad's readers will be skipped.")
        return None
    if hashlib.sha256(archives[0].read_bytes()).hexdigest() != SHA256:
        print(f"{PACKAGE} is not the file we know: tests of Breakpad's readers will be skipped.")
        return None
    return archives[0]


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as package:
        for tool in TOOLS:
            source = package.extractfile(f"package/bin/linux-x64/{tool}")
            assert source is not None, f"{PACKAGE} has no {tool}"
            # Made whole under another name, so that no test run sees half of it.
            partial = folder / f".{tool}.partial"
            partial.write_bytes(source.read())
            partial.chmod(0o755)
            partial.replace(folder / tool)
