"""What follows from the commands' declarations: the manual page, and completion for the shells."""

from __future__ import annotations

import subprocess
from pathlib import Path

from building.frozen import run
from building.places import MADE, PACKAGING, REPOSITORY

MANUAL = MADE / "dumpengine.1"
# Where Debian's shells look, below /usr/share.
COMPLETIONS = {
    "bash": "bash-completion/completions/dumpengine",
    "zsh": "zsh/vendor-completions/_dumpengine",
    "fish": "fish/vendor_completions.d/dumpengine.fish",
}


def write(python: Path) -> None:
    """Write them into build/package with ``python``, which has the program's dependencies."""
    template = PACKAGING / "linux" / MANUAL.name
    run([str(python), str(PACKAGING / "building" / "manual.py"), str(template), str(MANUAL)])
    for shell in COMPLETIONS:
        command = [str(python), "-m", "dumpengine", "--completion", shell]
        script = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True).stdout
        completion(shell).write_bytes(script)


def completion(shell: str) -> Path:
    """Return where the completion for ``shell`` is written."""
    return MADE / f"completion.{shell}"
