"""From a capture's job to a process that is held for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace

from dumpengine.backends.linux.ending import EndWatch
from dumpengine.backends.linux.freeze import Frozen, freeze
from dumpengine.backends.linux.held import Holder
from dumpengine.backends.linux.os_errors import os_errors
from dumpengine.backends.linux.process import check_identity
from dumpengine.backends.linux.wants import wants
from dumpengine.backends.protocol import Freezes
from dumpengine.job import CaptureJob


def freezes(tracer: Holder, *, may_clone: bool = True) -> Freezes:
    """Return how ``tracer`` holds a process for a capture."""

    def hold(job: CaptureJob) -> AbstractContextManager[Frozen]:
        with os_errors(job.pid):
            check_identity(job.pid, job.started)
        return held(job)

    @contextmanager
    def held(job: CaptureJob) -> Iterator[Frozen]:
        wanted = wants(job)
        wanted = replace(wanted, clone=wanted.clone and may_clone)
        with (
            closing(EndWatch(job.pid)) as end,
            os_errors(job.pid, end),
            freeze(job.pid, job.started, wanted, tracer, end, job.on_interpreter) as frozen,
        ):
            yield frozen

    return Freezes(hold)
