"""System packages, where we may install them: as root on Debian and its relatives."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence


def may_install() -> bool:
    """Whether apt is here and we are root."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install(packages: Sequence[str]) -> bool:
    """Install packages; return whether that worked. False at once where we may not."""
    if not may_install():
        return False
    print("Installing system packages:", *packages, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]
    # A fresh machine has no package lists, an old one lists what the mirror no longer has.
    for update in (False, True):
        if update and subprocess.call(["apt-get", "update", "-qq"], env=environment):
            return False
        quiet = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        if quiet.returncode == 0:
            return True
    print(quiet.stderr.strip(), flush=True)
    return False
