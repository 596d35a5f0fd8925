#!/usr/bin/env python3
"""Install the Debian package in a fresh Debian, use it as a tester would, and remove it.

``python3 packaging/trial/debian.py [SUITE ...]`` as root; needs debootstrap and the package in
dist/. What must hold is checked by ``steps.sh`` inside, which ends at the first thing that does
not. Standard library only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SUITES = ("bookworm", "trixie")

# A system that has these has pkexec ask polkit as on a desktop; the client is Python.
TOOLS = "dbus polkitd pkexec python3-minimal python3-psutil procps shared-mime-info xvfb xauth"
TOOLS += " desktop-file-utils man-db"


def main(suites: list[str]) -> int:
    """Try every suite; return 1 when one of them fails."""
    failed = [suite for suite in suites or SUITES if not _try(suite)]
    for suite in failed:
        print(f"{suite}: FAILED")
    return 1 if failed else 0


def _try(suite: str) -> bool:
    print(f"== {suite}", flush=True)
    system = Path(tempfile.mkdtemp(prefix=f"dumpdesk-{suite}-"))
    try:
        # Unlike shutil, cp keeps owners and what makes pkexec start as root.
        subprocess.run(["cp", "-a", f"{_base(suite)}/.", str(system)], check=True)
        system.chmod(0o755)
        _provide(system)
        inside = ["chroot", str(system), "bash", "/trial/steps.sh"]
        return _in_namespaces(system, inside) == 0
    finally:
        shutil.rmtree(system, ignore_errors=True)


def _base(suite: str) -> Path:
    """Return a fresh system with the tools, made once."""
    base = REPOSITORY / "build" / "trial" / suite
    if (base / "ready").exists():
        return base
    shutil.rmtree(base, ignore_errors=True)
    base.parent.mkdir(parents=True, exist_ok=True)
    command = ["debootstrap", "--variant=minbase", suite, str(base), _mirror()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    install = "DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends"
    shell = ["chroot", str(base), "bash", "-c", f"{install} {TOOLS} >/root/tools.log 2>&1"]
    if _in_namespaces(base, shell):
        raise SystemExit(f"the tools could not be installed: see {base}/root/tools.log")
    (base / "ready").touch()
    return base


def _mirror() -> str:
    """Return the mirror this machine's apt uses."""
    apt = Path("/etc/apt")
    lists = [apt / "sources.list", *apt.glob("sources.list.d/*")]
    text = "\n".join(path.read_text() for path in lists if path.is_file())
    found = re.search(r"^(?!#).*?(https?://\S+/debian)/?(?:\s|$)", text, re.MULTILINE)
    return found[1] if found else "http://deb.debian.org/debian"


def _provide(system: Path) -> None:
    place = system / "trial"
    shutil.copytree(HERE, place)
    shutil.copytree(REPOSITORY / "dumpengine", place / "dumpengine")
    packages = sorted((REPOSITORY / "dist").glob("dumpdesk_*.deb"))
    if not packages:
        raise SystemExit("there is no package in dist/: run packaging/dev.py package first")
    shutil.copy(packages[-1], place / "dumpdesk.deb")


def _in_namespaces(system: Path, command: list[str]) -> int:
    """Run with mounts and processes of its own, which end with it."""
    script = (
        f"mount -t proc proc {system}/proc && mount --rbind /dev {system}/dev && "
        f'mount -t tmpfs tmpfs {system}/run && exec "$@"'
    )
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"]
    surroundings = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run([*unshare, *command], env=surroundings, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
