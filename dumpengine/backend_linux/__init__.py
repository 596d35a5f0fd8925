"""Linux: freeze the process, write its snapshot with our own writer.

Everything that takes long to import is imported where it is needed: the tracer process starts
meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dumpengine.backend_linux.errors import os_errors
from dumpengine.errors import Obstacle
from dumpengine.linux import access
from dumpengine.linux.held import Tracer

if TYPE_CHECKING:
    from dumpengine.backends import Capture, Estimate
    from dumpengine.dump_types import MinidumpType
    from dumpengine.snapshot import Snapshot


class LinuxBackend:
    """See :class:`dumpengine.backends.Backend`."""

    @contextmanager
    def ready(self) -> Iterator[Capture]:
        """See the protocol."""
        with Tracer() as tracer:
            from dumpengine.backend_linux.capturing import capture

            yield lambda job: capture(job, tracer)

    def size(self, pid: int, started: float, dump_type: MinidumpType) -> int:
        """See the protocol."""
        from dumpengine.backend_linux import measuring

        with self.observe(pid, started) as snapshot:
            return measuring.size(snapshot, dump_type)

    def estimate(self, pid: int, started: float, dump_type: MinidumpType) -> Estimate:
        """See the protocol."""
        from dumpengine.backend_linux import measuring

        with self.observe(pid, started) as snapshot:
            return measuring.estimate(snapshot, dump_type)

    @contextmanager
    def observe(self, pid: int, started: float) -> Iterator[Snapshot]:
        """See the protocol."""
        from dumpengine.linux.observe import observe

        if obstacle := access.nothing_to_see(pid):
            raise obstacle.to_error(pid)
        with os_errors(pid), observe(pid, started) as snapshot:
            yield snapshot

    def why_not(self, pid: int) -> Obstacle | None:
        """See the protocol."""
        return access.why_not(pid)
