"""Programs of ours that nobody sees: the helper, the guard, who dumps us.

They get no console. One without a window (CREATE_NO_WINDOW) costs another process, conhost.exe,
which Wine leaves behind for good when the program is ended before it has found its console.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CREATE_BREAKAWAY_FROM_JOB = 0x01000000
_DETACHED_PROCESS = 0x8


class Unseen(subprocess.Popen[bytes]):
    """A running program without a console; ``streams`` are stdin, stdout and stderr of Popen."""

    def __init__(self, command: Sequence[str], *, flags: int = 0, **streams: Any) -> None:
        program, *arguments = command
        environment = os.environ | {"PYTHONPATH": _python_path(os.environ)}
        # The python.exe of a virtual environment only starts the real one and waits for it, and
        # it is the real one that we end and whose handles we fill. The variable tells it whom it
        # stands for.
        interpreter = getattr(sys, "_base_executable", sys.executable)
        if program == sys.executable != interpreter:
            program = interpreter
            environment["__PYVENV_LAUNCHER__"] = sys.executable
        flags |= _DETACHED_PROCESS
        super().__init__([program, *arguments], env=environment, creationflags=flags, **streams)


def _python_path(environment: Mapping[str, str]) -> str:
    """Return the PYTHONPATH with which a new Python finds this package."""
    root = str(Path(__file__).parents[2])
    return os.pathsep.join([root, *filter(None, [environment.get("PYTHONPATH")])])
