"""Windows: the system's own MiniDumpWriteDump."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from dumpengine.backends.protocol import Catches, Estimate, Guard, Launched, Writes
from dumpengine.backends.vitals import ThreadGauge
from dumpengine.backends.windows import access, capture, estimating, handles, observe
from dumpengine.backends.windows.own import capture_own
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_NOTIMPL, DumpError, Obstacle
from dumpengine.job import Captured, CaptureJob
from dumpengine.snapshot import Snapshot


def capture_process(job: CaptureJob) -> Captured:
    """Dump a process, this one included; raises DumpError."""
    return capture_own(job) if job.pid == os.getpid() else capture.capture(job)


class WindowsBackend:
    """See :class:`dumpengine.backends.protocol.Backend`."""

    def ready(self) -> AbstractContextManager[Writes]:
        """See the protocol."""
        return nullcontext(Writes(capture_process))

    def estimate(self, pid: int, started: float, dump_type: MinidumpType) -> Estimate:
        """See the protocol."""
        return Estimate(*estimating.estimate(pid, dump_type, started))

    @contextmanager
    def observe(self, pid: int, started: float) -> Iterator[Snapshot]:
        """See the protocol."""
        with observe.observe(pid, started) as snapshot:
            yield snapshot

    def guard(self, pid: int, started: float, catches: Catches) -> Guard:  # noqa: ARG002
        """See the protocol."""
        raise DumpError(
            E_NOTIMPL,
            "Crashes and exits are watched on Linux only.",
            "Watch for something else, or have Windows keep dumps of crashes (LocalDumps).",
            pid=pid,
        )

    def thread_gauge(self, pid: int) -> ThreadGauge:
        """See the protocol."""
        raise DumpError(
            E_NOTIMPL,
            "Hangs are watched on Linux only.",
            "Watch for something else, such as processor time.",
            pid=pid,
        )

    def launch(self, command: Sequence[str]) -> Launched:  # noqa: ARG002
        """See the protocol."""
        raise DumpError(
            E_NOTIMPL,
            "Programs are started for a watch on Linux only.",
            "Start it, and watch it by its name: --name waits for it.",
        )

    def why_not(self, pid: int) -> Obstacle | None:
        """See the protocol."""
        return access.why_not(pid)

    def serves(self, pid: int, fd: int) -> bool:  # noqa: ARG002 - the protocol's parameters
        """See the protocol: nobody but the system serves a file system here."""
        return False

    def check_process(self, handle: int, pid: int, dump_type: int) -> float:
        """See the protocol."""
        return handles.check_process(handle, pid, dump_type)

    def open_file(self, handle: int) -> int:
        """See the protocol."""
        return handles.open_file(handle)
