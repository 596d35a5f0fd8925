"""call_stacks(): what a process, or a dump of one, was doing.

A running process is held for as long as a mini dump takes, into memory instead of a file: what is
looked at afterwards is exactly what such a dump holds. It runs on before the first stack is walked.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from dumpengine.capture.write_dump import write_dump
from dumpengine.dump_types import PRESETS
from dumpengine.processes.listing import ProcessKey
from dumpengine.read.dump import open_dump, read_dump
from dumpengine.snapshot import Snapshot
from dumpengine.stacks.debuginfod import Debuginfod
from dumpengine.stacks.files import Files
from dumpengine.stacks.look import look
from dumpengine.stacks.model import Stacks


def call_stacks(
    target: int | ProcessKey | str | PathLike[str] | Snapshot,
    *,
    symbols: Sequence[str | PathLike[str]] = (),
    servers: Sequence[str] = (),
) -> Stacks:
    """Return the call stacks of a running process, of a dump file (by its path) or of a snapshot.

    ``symbols`` are folders with programs, libraries and debug files: they are searched, and paths
    that a dump names are trusted below them. A running process's own files are always looked at.
    ``servers`` are debuginfod's, by their URLs: they are asked for files that are not here, and
    learn the build ids of what is looked at.

    Raises DumpError when the process cannot be held or the file cannot be read.
    """
    folders = tuple(map(Path, symbols))
    asked = Debuginfod(servers) if servers else None
    if isinstance(target, Snapshot):
        return look(target, Files(folders, servers=asked))
    if isinstance(target, int | ProcessKey):
        return _live(target, folders, asked)
    with open_dump(target) as dump:
        return look(dump.snapshot(), Files(folders, servers=asked))


def _live(
    process: int | ProcessKey, folders: tuple[Path, ...], servers: Debuginfod | None
) -> Stacks:
    memory = io.BytesIO()
    result = write_dump(process, memory, PRESETS["mini"].value)
    with read_dump(memory.getvalue()) as dump:
        files = Files(folders, result.pid, servers)
        return look(dump.snapshot(), files, pause_ms=result.pause_ms)
