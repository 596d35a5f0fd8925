"""The texts of procfs that other readers know, by stream type: which ones, the table says."""

from __future__ import annotations

from collections.abc import Iterable

from dumpengine.backends.linux import procfs
from dumpengine.format.streams import STREAMS


def read_texts(pid: int, task: int) -> dict[int, bytes]:
    """Return the texts that can be read; the writer decides which of them a dump may hold.

    ``task`` is a thread of process ``pid`` that has its memory.
    """
    texts = {
        row.type: _first(text.format(pid=pid, task=task) for text in row.texts)
        for row in STREAMS
        if row.texts
    }
    return {stream: data for stream, data in texts.items() if data}


def _first(paths: Iterable[str]) -> bytes:
    return next(filter(None, map(procfs.read_optional, paths)), b"")
