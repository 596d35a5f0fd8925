"""One capture: freeze the process, write its snapshot with our own writer."""

from __future__ import annotations

import time
from dataclasses import replace

from dumpengine.backend_linux.errors import os_errors
from dumpengine.callbacks import DumpCallback, Phase, Progress, raise_if_cancelled
from dumpengine.dump_types import BULK, MinidumpType, flags_of
from dumpengine.exception_param import exception_record
from dumpengine.forwarding import ForwardingCallback
from dumpengine.job import Captured, CaptureJob, Mode
from dumpengine.linux.freeze import Frozen, Wants, freeze
from dumpengine.linux.held import Tracer
from dumpengine.linux.process import check_identity, process_info
from dumpengine.linux.procfs import read_bytes, task_ids
from dumpengine.redaction import redact
from dumpengine.snapshot import VmCounters
from dumpengine.write.writer import WriteOptions, write_minidump

_TYPE = MinidumpType
_GIB = 1 << 30
# What holds a target up, measured on a 2.6 GHz machine, in milliseconds: each thread and mapping
# described and each GiB copied while it is stopped; or a clone, and its page tables for each GiB.
_THREAD_MS = 0.2
_MAPPING_MS = 0.06
_COPY_MS = 400
_CLONE_MS = 8
_PAGE_TABLES_MS = 15


def capture(job: CaptureJob, tracer: Tracer) -> Captured:
    """Hold the process with the tracer, which is used up, and write the dump."""
    check_identity(job.pid, job.started)
    watcher = _Watcher(job.callback)
    watcher.progress(Progress(Phase.STOPPING))
    raise_if_cancelled(watcher)
    with os_errors(job.pid), freeze(job.pid, job.started, _wants(job), tracer) as frozen:
        watcher.frozen = frozen
        watcher.progress(Progress(Phase.COLLECTING))
        if frozen.cloned:
            frozen.release()
        return _write(job, frozen, watcher)


class _Watcher(ForwardingCallback):
    """Adds to every progress report what only we know: how long the target has stood still."""

    frozen: Frozen | None = None

    def progress(self, progress: Progress) -> None:
        if self.frozen is not None:
            progress = replace(progress, pause_ms=self.frozen.pause_ms, running=self.frozen.running)
        super().progress(progress)


def _write(job: CaptureJob, frozen: Frozen, callback: DumpCallback) -> Captured:
    snapshot, dump_type, warnings = frozen.snapshot, job.dump_type, _warnings(job, frozen)
    if job.exception is not None:
        snapshot = replace(snapshot, exception=exception_record(job.exception, snapshot))
    if job.redact:
        redacted = redact(snapshot, dump_type)
        snapshot, dump_type = redacted.snapshot, redacted.dump_type
        warnings += redacted.scrubbed + redacted.left
    options = WriteOptions(
        dump_type=dump_type,
        timestamp=int(time.time()),
        user_streams=job.user_streams,
        warnings=warnings,
        on_copied=frozen.release,
    )
    report = write_minidump(snapshot, job.sink, options, callback)
    return Captured(
        size=report.size,
        dump_type=dump_type,
        mode=Mode.SNAPSHOT if frozen.cloned else Mode.STOP,
        pause_ms=frozen.pause_ms,
        memory_bytes=report.memory_bytes,
        threads=report.threads,
        modules=report.modules,
        ranges=report.ranges,
        skipped=report.skipped,
        warnings=options.warnings,
    )


def _wants(job: CaptureJob) -> Wants:
    return Wants(
        clone=job.mode is Mode.SNAPSHOT or (job.mode is Mode.AUTO and _worth_a_clone(job)),
        extended_registers=bool(job.dump_type & _TYPE.WithAvxXStateContext),
        handles=bool(job.dump_type & _TYPE.WithHandleData),
        hold=job.hold,
    )


def _worth_a_clone(job: CaptureJob) -> bool:
    """Whether the target would stand still for longer without one."""
    try:
        counters = process_info(job.pid).counters
        threads = len(task_ids(job.pid))
        mappings = read_bytes(f"/proc/{job.pid}/maps").count(b"\n")
    except OSError:
        return False
    resident = counters.working_set / _GIB if isinstance(counters, VmCounters) else 0.0
    stop = threads * _THREAD_MS + mappings * _MAPPING_MS
    if job.dump_type & BULK:
        stop += resident * _COPY_MS
    return stop > _CLONE_MS + resident * _PAGE_TABLES_MS


def _warnings(job: CaptureJob, frozen: Frozen) -> tuple[str, ...]:
    notices = [flag.notice for flag in flags_of(job.dump_type) if flag.notice]
    if frozen.no_clone:
        notices.append(f"No snapshot: {frozen.no_clone}. The target stood still meanwhile.")
    return tuple(notices)
