"""Windows: the system's own MiniDumpWriteDump."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from dumpengine.backends import Estimate
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import Obstacle
from dumpengine.job import Captured, CaptureJob
from dumpengine.snapshot import Snapshot
from dumpengine.windows import access, capture, observe, regions

if TYPE_CHECKING:
    from dumpengine.backends import Capture


class WindowsBackend:
    """See :class:`dumpengine.backends.Backend`."""

    def ready(self) -> AbstractContextManager[Capture]:
        """See the protocol."""
        return nullcontext(self._capture)

    def _capture(self, job: CaptureJob) -> Captured:
        if job.redact:
            from dumpengine.backend_windows.redacting import capture_redacted

            return capture_redacted(job)
        return capture.capture(job)

    def size(self, pid: int, started: float, dump_type: MinidumpType) -> int:
        """See the protocol."""
        return self.estimate(pid, started, dump_type).total

    def estimate(self, pid: int, started: float, dump_type: MinidumpType) -> Estimate:
        """See the protocol."""
        return Estimate(*regions.estimate(pid, dump_type, started))

    @contextmanager
    def observe(self, pid: int, started: float) -> Iterator[Snapshot]:
        """See the protocol."""
        with observe.observe(pid, started) as snapshot:
            yield snapshot

    def why_not(self, pid: int) -> Obstacle | None:
        """See the protocol."""
        return access.why_not(pid)
