"""A capture on Windows, from opening the target to the numbers of the result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from dumpengine.backends.windows import api, call, dll, process, pss, regions
from dumpengine.backends.windows.callback import Bridge
from dumpengine.backends.windows.exception import ExceptionParam
from dumpengine.backends.windows.guard import watched
from dumpengine.backends.windows.handles import granted_access
from dumpengine.backends.windows.process import Target
from dumpengine.backends.windows.standstill import Standstill
from dumpengine.backends.windows.structs import POINTER_SIZE
from dumpengine.backends.windows.user_streams import UserStreams
from dumpengine.callbacks import Phase, Progress, raise_if_cancelled
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_INVALIDARG, E_PARTIAL_COPY, DumpError
from dumpengine.job import Captured, CaptureJob
from dumpengine.options import Mode
from dumpengine.snapshot import Architecture

_WORTH_A_SNAPSHOT = MinidumpType.WithFullMemory | MinidumpType.WithPrivateReadWriteMemory


@dataclass(frozen=True, slots=True)
class View:
    """The handle that is dumped: the process itself, or a snapshot of it."""

    handle: int
    mode: Mode
    notices: tuple[str, ...] = ()


def capture(job: CaptureJob) -> Captured:
    """Dump a process into ``job.sink`` with the system's MiniDumpWriteDump; raises DumpError."""
    library = dll.choose()
    job.callback.progress(Progress(Phase.PREPARING))
    raise_if_cancelled(job.callback)
    with _open(job) as target:
        notes = (f"Written by {library}.", *target.warnings, *bitness_warnings(target))
        captured = _capture(job, library, target)
        return replace(captured, warnings=notes + captured.warnings)


@contextmanager
def _open(job: CaptureJob) -> Iterator[Target]:
    if job.handle:
        yield Target(job.pid, job.handle, granted_access(job.handle) or 0)
        return
    rights = process.wanted_rights(job.options.dump_type, _wants_snapshot(job))
    with process.open_target(job.pid, job.started, rights) as target:
        yield target


def _wants_snapshot(job: CaptureJob) -> bool:
    if job.options.mode is Mode.AUTO:
        return bool(job.options.dump_type & _WORTH_A_SNAPSHOT) and pss.available(api.kernel32())
    return job.options.mode is Mode.SNAPSHOT


def _capture(job: CaptureJob, library: dll.Library, target: Target) -> Captured:
    exception = job.options.exception
    still = Standstill(target.pid, exception.thread_id if exception else None)
    notice: tuple[str, ...] = ()
    if _wants_snapshot(job) and target.access & api.PROCESS_CREATE_PROCESS:
        reason = "The snapshot lacked memory"
        with _snapshot(job, target, still) as made:
            if isinstance(made, pss.NoSnapshot):
                reason = made.reason
            elif captured := _capture_view(
                job, library, target, still, View(made.handle, Mode.SNAPSHOT)
            ):
                return captured
        notice = (f"{reason}; the process was held still instead.",)
    with watched(target, still):
        view = View(target.handle, Mode.STOP, notice)
        captured = _capture_view(job, library, target, still, view)
    assert captured is not None
    return captured


@contextmanager
def _snapshot(
    job: CaptureJob, target: Target, still: Standstill
) -> Iterator[pss.PssSnapshot | pss.NoSnapshot]:
    """Make a snapshot; the process stands still for just that, so that it is of one moment."""
    kernel = api.kernel32()
    if not pss.available(kernel):
        yield pss.NoSnapshot("This system makes no process snapshots")
        return
    with ExitStack() as stack:
        with watched(target, still):
            still.stop()
            made = stack.enter_context(pss.snapshot_of(kernel, target, job.options.dump_type))
        yield made


def _capture_view(
    job: CaptureJob, library: dll.Library, target: Target, still: Standstill, view: View
) -> Captured | None:
    """Dump one view; None when it is a snapshot that lacks memory."""
    snapshot = view.mode is Mode.SNAPSHOT
    exception = ExceptionParam.build(job.options.exception)
    streams = UserStreams.build(job.options.user_streams)
    total, _ = regions.measure(regions.walk(target.handle), job.options.dump_type)

    def new_bridge() -> Bridge:
        return Bridge(job, target, still, total=total, snapshot=snapshot)

    request = call.Request(library, target, view.handle, still, snapshot, exception, streams)
    try:
        answer = call.write(request, job.options.dump_type, new_bridge)
    except DumpError as error:
        # A clone has no views of sections that only the page file backs.
        if error.hresult == E_PARTIAL_COPY and snapshot:
            return None
        raise
    still.release()
    return replace(_captured(answer, still, view), target_ended=target.ended)


def _captured(answer: call.Answer, still: Standstill, view: View) -> Captured:
    written = answer.bridge.output.summary()
    complaint = (still.complaint,) if still.complaint else ()
    return Captured(
        size=written.size,
        dump_type=written.dump_type,
        mode=view.mode,
        pause_ms=None if complaint else still.pause_ms,
        memory_bytes=written.memory_bytes,
        threads=written.threads,
        modules=written.modules,
        ranges=written.ranges,
        skipped=tuple(answer.bridge.tally.skipped),
        warnings=complaint + view.notices + answer.notices,
    )


def bitness_warnings(target: Target) -> tuple[str, ...]:
    """Say what it means when the target's instruction set is not this process's."""
    found = process.architecture(target.handle)
    if found is Architecture.X86 and POINTER_SIZE == 8:
        return (
            "This is a 32-bit process dumped from a 64-bit one: a debugger shows the 64-bit side "
            "first (in WinDbg: !wow64exts.sw).",
        )
    if POINTER_SIZE == 4 and found in (Architecture.AMD64, Architecture.ARM64):
        raise DumpError(
            E_INVALIDARG,
            "A 32-bit program cannot dump a 64-bit process.",
            "Use the 64-bit DumpDesk.",
            pid=target.pid,
        )
    return ()
