"""One capture: freeze the process, write its snapshot with our own writer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from dumpengine.backends.protocol import Freezes, Frozen
from dumpengine.callbacks import Phase, Progress, raise_if_cancelled
from dumpengine.capture.callback import CaptureCallback
from dumpengine.capture.exception_param import exception_record
from dumpengine.capture.result import ended_sentence
from dumpengine.dump_types import flags_of
from dumpengine.job import Captured, CaptureJob
from dumpengine.options import Mode
from dumpengine.snapshot import NO_INTERPRETER, Snapshot
from dumpengine.stacks.record import with_locks
from dumpengine.write.writer import WriteOptions, write_minidump


def capture(job: CaptureJob, callback: CaptureCallback, ready: Freezes) -> Captured:
    """Hold the process and write the dump; ``callback`` is the job's."""
    hold = ready.hold(replace(job, on_interpreter=_load_decoder))
    callback.progress(Progress(Phase.STOPPING))
    raise_if_cancelled(callback)
    with hold as frozen:
        callback.frozen = frozen
        callback.progress(Progress(Phase.COLLECTING))
        if frozen.cloned and not frozen.uncopied:
            frozen.release()
        return _write(job, frozen)


def _load_decoder() -> None:
    """Load what decodes an interpreter's frames while the process still runs."""
    import dumpengine.stacks.scripts  # noqa: F401


def _decoded(snapshot: Snapshot) -> Snapshot:
    """Add what only the frozen moment tells: locks, and the frames of an interpreter."""
    snapshot = with_locks(snapshot)
    if snapshot.scripts == NO_INTERPRETER:
        return snapshot
    from dumpengine.stacks.scripts import with_scripts

    return with_scripts(snapshot)


def _write(job: CaptureJob, frozen: Frozen) -> Captured:
    snapshot, asked, warnings = _decoded(frozen.snapshot), job.options, _warnings(job, frozen)
    dump_type = asked.dump_type
    if asked.exception is not None:
        snapshot = replace(snapshot, exception=exception_record(asked.exception, snapshot))
    if asked.redact:
        from dumpengine.privacy.redaction import redact

        redacted = redact(snapshot, dump_type)
        snapshot, dump_type = redacted.snapshot, redacted.dump_type
        warnings += redacted.scrubbed + redacted.left
    options = WriteOptions(
        dump_type=dump_type,
        timestamp=int(time.time()),
        user_streams=asked.user_streams,
        warnings=warnings,
        on_copied=frozen.release,
        held=frozen.uncopied if frozen.cloned else None,
        at_the_end=lambda: (ended_sentence(frozen.ended),) if frozen.ended else (),
        redacted=job.options.redact,
    )
    report = write_minidump(snapshot, job.sink, options, job.callback)
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
        restarted_calls=len(frozen.restarted),
        target_ended=frozen.ended,
    )


def _warnings(job: CaptureJob, frozen: Frozen) -> tuple[str, ...]:
    notices = [flag.notice for flag in flags_of(job.options.dump_type) if flag.notice]
    if frozen.no_clone:
        notices.append(f"No snapshot: {frozen.no_clone}. The target stood still meanwhile.")
    if frozen.restarted:
        notices.append(_again(frozen.restarted))
    return (*notices, *job.callback.remarks())


def _again(calls: Sequence[str]) -> str:
    names = ", ".join(sorted(set(calls)))
    made = (
        f"{len(calls)} interrupted system calls were"
        if len(calls) > 1
        else "One interrupted system call was"
    )
    return f"{made} made again ({names}); with a time limit, up to as long again."
