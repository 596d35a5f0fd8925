"""Reads a dump off the main thread: what is in it, and who can open it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dumpengine import CheckReport, Dump, DumpDescription, describe
from gui.services import Services


@dataclass(frozen=True, slots=True)
class Loaded:
    """An open dump. ``dump`` is closed by whoever shows it."""

    path: Path
    dump: Dump
    description: DumpDescription
    report: CheckReport


def load(services: Services, path: Path) -> Loaded:
    """Open and describe a dump; raises DumpError when it is none."""
    dump = services.open_dump(path)
    try:
        return Loaded(path, dump, describe(dump), services.check(path))
    except BaseException:
        dump.close()
        raise
