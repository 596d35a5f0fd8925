"""``dumpdesk [--pid PID | --exe PATH | FILE.dmp] [--portable] [--pick-window]``."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QFileInfo

import dumpengine
from gui.i18n import tr


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a start asks for; a second start hands it to the first as JSON."""

    pid: int | None = None
    exe: str = ""
    file: str = ""
    portable: bool = False
    pick_window: bool = False

    def to_bytes(self) -> bytes:
        """Return one line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_bytes(cls, line: bytes) -> Arguments:
        """Read :meth:`to_bytes`; raises ValueError when it is something else."""
        fields = json.loads(line)
        if not isinstance(fields, dict):
            raise ValueError("not an object")
        pid, exe, file = fields.get("pid"), fields.get("exe", ""), fields.get("file", "")
        if not isinstance(exe, str) or not isinstance(file, str):
            raise ValueError("not texts")
        return cls(
            pid=pid if isinstance(pid, int) else None,
            exe=exe,
            file=file,
            pick_window=fields.get("pick_window") is True,
        )


def parse(argv: Sequence[str]) -> Arguments:
    """Read the command line; ends the program on a mistake, as argparse does."""
    parser = argparse.ArgumentParser(
        prog="dumpdesk", description=tr("See the running processes, dump one, look inside a dump.")
    )
    parser.add_argument("--version", action="version", version=f"dumpdesk {dumpengine.__version__}")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--pid", type=int, help=tr("select the process with this id"))
    what.add_argument("--exe", default="", help=tr("select the process of this program"))
    what.add_argument("file", nargs="?", default="", help=tr("a dump to look inside"))
    parser.add_argument(
        "--portable", action="store_true", help=tr("keep settings beside the program")
    )
    parser.add_argument(
        "--pick-window", action="store_true", help=tr("choose a process by pointing at its window")
    )
    found = parser.parse_args(argv)
    return Arguments(
        pid=found.pid,
        exe=_program(found.exe),
        file=str(Path(found.file).absolute()) if found.file else "",
        portable=found.portable,
        pick_window=found.pick_window,
    )


def _program(text: str) -> str:
    """Return the program a path leads to, through links and Windows' shortcuts; a name as it is."""
    if os.path.basename(text) == text:
        return text
    # On Linux this is a symbolic link's target, on Windows a shortcut's too.
    return os.path.realpath(QFileInfo(text).symLinkTarget() or text)
