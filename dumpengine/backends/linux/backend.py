"""Linux: freeze the process and describe it; our own writer writes it.

Everything that takes long to import is imported where it is needed: the tracer process starts
meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dumpengine.backends.linux import access
from dumpengine.backends.linux.held import Tracer
from dumpengine.backends.linux.os_errors import os_errors
from dumpengine.backends.protocol import Catches, Estimate, Freezes, Launched
from dumpengine.errors import Obstacle

if TYPE_CHECKING:
    from dumpengine.backends.linux.guard import LinuxGuard
    from dumpengine.backends.vitals import ThreadGauge
    from dumpengine.dump_types import MinidumpType
    from dumpengine.snapshot import Snapshot


class LinuxBackend:
    """See :class:`dumpengine.backends.protocol.Backend`."""

    @contextmanager
    def ready(self) -> Iterator[Freezes]:
        """See the protocol."""
        with Tracer() as tracer:
            # Loaded while the tracer starts.
            from dumpengine.backends.linux.holding import freezes

            yield freezes(tracer)

    def guard(self, pid: int, started: float, catches: Catches) -> LinuxGuard:
        """See the protocol."""
        from dumpengine.backends.linux.guard import LinuxGuard

        return LinuxGuard(pid, started, catches)

    def thread_gauge(self, pid: int) -> ThreadGauge:
        """See the protocol."""
        from dumpengine.backends.linux.thread_gauge import LinuxThreadGauge
        from dumpengine.backends.linux.vitals import architecture

        return LinuxThreadGauge(pid, architecture(pid))

    def launch(self, command: Sequence[str]) -> Launched:
        """See the protocol."""
        from dumpengine.backends.linux.launch import PausedProgram

        return PausedProgram(command)

    def estimate(  # the protocol's parameters
        self,
        pid: int,  # noqa: ARG002
        started: float,  # noqa: ARG002
        dump_type: MinidumpType,  # noqa: ARG002
    ) -> Estimate | None:
        """See the protocol."""
        return None

    @contextmanager
    def observe(self, pid: int, started: float) -> Iterator[Snapshot]:
        """See the protocol."""
        from dumpengine.backends.linux.observe import observe

        if obstacle := access.nothing_to_see(pid):
            raise obstacle.to_error(pid)
        with os_errors(pid), observe(pid, started) as snapshot:
            yield snapshot

    def why_not(self, pid: int) -> Obstacle | None:
        """See the protocol."""
        return access.why_not(pid)

    def serves(self, pid: int, fd: int) -> bool:
        """See the protocol."""
        from dumpengine.backends.linux.fuse import serves

        return serves(pid, fd)

    def check_process(self, handle: int, pid: int, dump_type: int) -> float:  # noqa: ARG002
        """See the protocol; here the rights are looked at when the process is stopped."""
        from dumpengine.backends.linux import pidfd

        return pidfd.check_process(handle, pid)

    def open_file(self, handle: int) -> int:
        """See the protocol."""
        from dumpengine.backends.linux import pidfd

        return pidfd.open_file(handle)
