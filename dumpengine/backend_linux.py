"""Linux: freeze the process, write its snapshot with our own writer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from dumpengine.backends import Estimate
from dumpengine.callbacks import DumpCallback, Phase, Progress, raise_if_cancelled
from dumpengine.dump_types import MinidumpType, flags_of
from dumpengine.errors import DumpError, Obstacle, no_such_process
from dumpengine.exception_param import exception_record
from dumpengine.forwarding import ForwardingCallback
from dumpengine.job import Captured, CaptureJob, Mode
from dumpengine.linux import access
from dumpengine.linux.freeze import Frozen, Wants, freeze
from dumpengine.linux.observe import observe
from dumpengine.linux.process import process_info
from dumpengine.linux.procfs import read_bytes, task_ids
from dumpengine.redaction import redact
from dumpengine.snapshot import Snapshot, VmCounters
from dumpengine.write.choice import Choice, ask_start, choose
from dumpengine.write.selection import select, shares
from dumpengine.write.writer import WriteOptions, write_minidump

_TYPE = MinidumpType
_BULK = (
    _TYPE.WithFullMemory
    | _TYPE.WithPrivateReadWriteMemory
    | _TYPE.WithPrivateWriteCopyMemory
    | _TYPE.WithDataSegs
    | _TYPE.WithCodeSegs
)
_GIB = 1 << 30
# What holds a target up, measured on a 2.6 GHz machine, in milliseconds: each thread and mapping
# described and each GiB copied while it is stopped; or a clone, and its page tables for each GiB.
_THREAD_MS = 0.2
_MAPPING_MS = 0.06
_COPY_MS = 400
_CLONE_MS = 8
_PAGE_TABLES_MS = 15


class LinuxBackend:
    """See :class:`dumpengine.backends.Backend`."""

    def capture(self, job: CaptureJob) -> Captured:
        """See the protocol."""
        watcher = _Watcher(job.callback)
        raise_if_cancelled(watcher)
        watcher.progress(Progress(Phase.STOPPING))
        with _os_errors(job.pid), freeze(job.pid, job.started, _wants(job)) as frozen:
            watcher.frozen = frozen
            watcher.progress(Progress(Phase.COLLECTING))
            return _write(job, frozen, watcher)

    def size(self, pid: int, started: float, dump_type: MinidumpType) -> int:
        """See the protocol."""
        with self.observe(pid, started) as snapshot:
            return _size(snapshot, dump_type, _everything(snapshot, dump_type))

    def estimate(self, pid: int, started: float, dump_type: MinidumpType) -> Estimate:
        """See the protocol."""
        with self.observe(pid, started) as snapshot:
            choice = _everything(snapshot, dump_type)
            return Estimate(_size(snapshot, dump_type, choice), dict(shares(snapshot, choice)))

    @contextmanager
    def observe(self, pid: int, started: float) -> Iterator[Snapshot]:
        """See the protocol."""
        with _os_errors(pid), observe(pid, started) as snapshot:
            yield snapshot

    def why_not(self, pid: int) -> Obstacle | None:
        """See the protocol."""
        return access.why_not(pid)


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
    if job.dump_type & _BULK:
        stop += resident * _COPY_MS
    return stop > _CLONE_MS + resident * _PAGE_TABLES_MS


def _warnings(job: CaptureJob, frozen: Frozen) -> tuple[str, ...]:
    notices = [flag.notice for flag in flags_of(job.dump_type) if flag.notice]
    if frozen.no_clone:
        notices.append(f"No snapshot: {frozen.no_clone}. The target stood still meanwhile.")
    return tuple(notices)


def _everything(snapshot: Snapshot, dump_type: MinidumpType) -> Choice:
    silent = DumpCallback()
    return choose(snapshot, dump_type, silent, frozenset(), ask_start(silent))


def _size(snapshot: Snapshot, dump_type: MinidumpType, choice: Choice) -> int:
    return select(snapshot, dump_type, choice, DumpCallback()).size + _overhead(snapshot)


def _overhead(snapshot: Snapshot) -> int:
    """Bytes of everything but memory, roughly: contexts and lists by their counts."""
    texts = sum(map(len, snapshot.streams.values()))
    threads, modules, regions = map(len, (snapshot.threads, snapshot.modules, snapshot.regions))
    return 16384 + texts + threads * 1500 + modules * 400 + regions * 200


@contextmanager
def _os_errors(pid: int) -> Iterator[None]:
    """Give system errors about the target their meaning."""
    try:
        yield
    except ProcessLookupError:
        raise no_such_process(pid, f"Process {pid} ended during the capture.") from None
    except FileNotFoundError:
        raise no_such_process(pid, f"Process {pid} ended during the capture.") from None
    except PermissionError as error:
        obstacle = access.why_not(pid)
        raise (
            obstacle.to_error(pid) if obstacle else DumpError.from_os_error(error, pid=pid)
        ) from error
