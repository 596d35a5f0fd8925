"""Threads and modules of a running process, to choose among; nothing is stopped for it."""

from __future__ import annotations

from dumpengine.backends.choose import backend
from dumpengine.processes.listing import ProcessKey


def live_threads(key: ProcessKey) -> tuple[tuple[int, str], ...]:
    """Return id and name of every thread; raises DumpError when the process is gone."""
    with backend().observe(key.pid, key.started) as snapshot:
        return tuple((thread.tid, thread.name) for thread in snapshot.threads)


def live_modules(key: ProcessKey) -> tuple[tuple[str, str, int], ...]:
    """Return name, path and size in bytes of every module; raises DumpError."""
    with backend().observe(key.pid, key.started) as snapshot:
        return tuple((module.name, module.path, module.size) for module in snapshot.modules)
