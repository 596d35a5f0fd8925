"""Redaction, of which the system's writer knows nothing: its dump is read and written anew.

Until then it lies in a temporary file that is gone with its last handle. That one is not filtered,
and has more in it than was asked for: what tells the secrets to look for.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace

from dumpengine.backends.protocol import Writes
from dumpengine.callbacks import DumpCallback, IoWriteAll, Phase, Progress
from dumpengine.capture.forwarding import ForwardingCallback
from dumpengine.capture.output import FileSink
from dumpengine.capture.shrink import plan
from dumpengine.dump_types import MinidumpType
from dumpengine.job import Captured, CaptureJob
from dumpengine.read.dump import open_dump
from dumpengine.write.writer import write_minidump

_LATER = (
    MinidumpType.FilterMemory
    | MinidumpType.FilterModulePaths
    | MinidumpType.FilterTriage
    | MinidumpType.WithoutOptionalData
)
# The process's parameters; where stacks and the files of modules are.
_TELLS_SECRETS = MinidumpType.WithProcessThreadData | MinidumpType.WithFullMemoryInfo


def capture_redacted(job: CaptureJob, ready: Writes) -> Captured:
    """Dump a process into ``job.sink`` without its private things; raises DumpError.

    That is what a triage dump is as well: its filters are ours.
    """
    with tempfile.TemporaryFile(prefix="dumpdesk-") as whole:
        asked = _NotForWriting(job.callback)
        asked_for = job.options.dump_type
        plain = replace(
            job.options,
            dump_type=MinidumpType(asked_for & ~_LATER | _TELLS_SECRETS),
            user_streams=(),
            redact=False,
        )
        sink = FileSink(whole.fileno())
        captured = ready.capture(replace(job, sink=sink, callback=asked, options=plain))
        with open_dump(whole.fileno()) as dump:
            dump_type = MinidumpType(asked_for & (captured.dump_type | _LATER))
            made = plan(dump, dump_type, redacted=job.options.redact)
            options = replace(made.options, user_streams=job.options.user_streams)
            report = write_minidump(made.snapshot, job.sink, options, _Writing(job.callback))
    return replace(
        captured,
        size=report.size,
        dump_type=options.dump_type,
        memory_bytes=report.memory_bytes,
        threads=report.threads,
        modules=report.modules,
        ranges=report.ranges,
        warnings=captured.warnings + made.scrubbed + made.warnings,
    )


class _NotForWriting(ForwardingCallback):
    """Asks a callback everything but to take the bytes: they are not redacted yet."""

    def io_start(self) -> bool:
        return False

    def io_finish(self) -> None:
        pass


class _Writing(DumpCallback):
    """Has a callback take the bytes and cancel; what is in the dump was asked already."""

    def __init__(self, callback: DumpCallback) -> None:
        self._callback = callback

    def cancel(self) -> bool:
        return self._callback.cancel()

    def progress(self, progress: Progress) -> None:
        self._callback.progress(replace(progress, phase=Phase.FINISHING, running=True))

    def io_start(self) -> bool:
        return self._callback.io_start()

    def io_write_all(self, event: IoWriteAll) -> None:
        self._callback.io_write_all(event)

    def io_finish(self) -> None:
        self._callback.io_finish()
