"""write_dump(), the front door: serialises, opens the output, captures, verifies, reports."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from dumpengine.backends.choose import backend
from dumpengine.backends.protocol import Freezes, Writes
from dumpengine.callbacks import DumpCallback, Phase, Progress
from dumpengine.capture.callback import CaptureCallback
from dumpengine.capture.output import (
    FileSink,
    OutputFile,
    StreamSink,
    check_space,
    destination_error,
    reserve,
    trim,
)
from dumpengine.capture.result import CaptureResult
from dumpengine.capture.sizing import dump_size
from dumpengine.capture.verify import verify
from dumpengine.dump_types import BULK, MinidumpType, validate
from dumpengine.errors import (
    E_INVALIDARG,
    E_WRITE_FAULT,
    DumpError,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.job import Captured, CaptureJob, Sink
from dumpengine.options import CaptureOptions, ExceptionInformation, Mode, UserStream
from dumpengine.processes.listing import ProcessHandle, ProcessKey, key_of, process_name
from dumpengine.write.user_streams import check_user_streams, duplicates

# All DbgHelp functions are single threaded: one capture at a time in a process.
_one_at_a_time = threading.Lock()


def write_dump(  # noqa: PLR0913 - the parameters of MiniDumpWriteDump, by keyword
    process: int | ProcessKey,
    file: str | os.PathLike[str] | int | BinaryIO,
    dump_type: int = MinidumpType.Normal,
    *,
    exception: ExceptionInformation | None = None,
    user_streams: Iterable[UserStream] = (),
    callback: DumpCallback | None = None,
    mode: str | Mode = Mode.AUTO,
    overwrite: bool = False,
    numbered: bool = False,
    redact: bool = False,
) -> CaptureResult:
    """Write a minidump of a process: MiniDumpWriteDump, with the parameters it has there.

    ``mode`` is "auto", "snapshot" or "stop". ``redact`` takes environment, command line and stack
    contents out; the result's warnings say what went. For the rest see :func:`capture_dump`, which
    takes every option there is.

    https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpwritedump
    """
    options = CaptureOptions(
        dump_type=validate(dump_type),
        mode=_mode(mode),
        exception=exception,
        user_streams=tuple(user_streams),
        redact=redact,
    )
    return capture_dump(
        process, file, options, callback=callback, overwrite=overwrite, numbered=numbered
    )


def capture_dump(  # noqa: PLR0913 - all but two by keyword
    process: int | ProcessKey,
    file: str | os.PathLike[str] | int | BinaryIO,
    options: CaptureOptions,
    *,
    callback: DumpCallback | None = None,
    overwrite: bool = False,
    numbered: bool = False,
    through: AbstractContextManager[Freezes | Writes] | None = None,
) -> CaptureResult:
    """Write a dump of a process, with any of the options.

    ``process`` is an id, or a ProcessKey to be sure it is still the same one (a ProcessHandle
    also says how it is reached). ``file`` is a path (the file appears when it is whole; nothing
    is replaced without ``overwrite``, and with ``numbered`` a name that is taken gets a number),
    an open file descriptor, or a seekable binary stream. ``through`` is who holds the process
    where that is not ours to choose: the tracer that is there (:meth:`Guard.ready`).

    Raises DumpError; then there is no file, one that was there is as before, and the process runs.
    """
    started = time.perf_counter()
    options = _with_comment(options)
    check_user_streams(options.user_streams)
    capture = _Capture(
        key=process if isinstance(process, ProcessKey) else key_of(process),
        options=options,
        callback=CaptureCallback(callback or DumpCallback(), options),
    )
    if through is None and not isinstance(capture.key, ProcessHandle):
        _refuse_impossible(capture.key.pid)
    name = process_name(capture.key)
    with _one_at_a_time, through or backend().ready() as ready:
        path, captured = _deliver(capture, ready, _output(file, overwrite, numbered))
    return _result(capture, name, path, captured, (time.perf_counter() - started) * 1000)


def _with_comment(options: CaptureOptions) -> CaptureOptions:
    """Turn the comment into the stream that it is."""
    if not options.comment:
        return options
    text = f"{options.comment}\0".encode("utf-16-le", "replace")
    stream = UserStream(StreamType.CommentStreamW, text)
    return replace(options, comment="", user_streams=(stream, *options.user_streams))


@dataclass(frozen=True, slots=True)
class _Capture:
    """One capture on its way through this module."""

    key: ProcessKey
    options: CaptureOptions
    callback: CaptureCallback


def _output(
    file: str | os.PathLike[str] | int | BinaryIO, overwrite: bool, numbered: bool
) -> OutputFile | int | BinaryIO:
    if isinstance(file, (str, os.PathLike)):
        return OutputFile(Path(file), overwrite=overwrite, numbered=numbered)
    return file


def _deliver(
    capture: _Capture, ready: Freezes | Writes, file: OutputFile | int | BinaryIO
) -> tuple[Path | None, Captured]:
    if isinstance(file, OutputFile):
        return _to_path(capture, ready, file)
    if isinstance(file, int):
        return None, _to_descriptor(capture, ready, file)
    return None, _run(capture, StreamSink(file), None, ready)


def _to_path(
    capture: _Capture, ready: Freezes | Writes, output: OutputFile
) -> tuple[Path, Captured]:
    # verify() needs it at the end; now there is time to load it: the back-end gets ready.
    import dumpengine.read.check  # noqa: F401

    try:
        _refuse_what_it_serves(capture.key.pid, output.fd, output.path)
        _reserve(capture, output.fd, output.path)
        captured = _run(capture, FileSink(output.fd), output.path, ready)
        trim(output.fd)
        verify(capture.callback, output.fd, output.path)
        return output.publish(), captured
    finally:
        output.discard()


def _to_descriptor(capture: _Capture, ready: Freezes | Writes, fd: int) -> Captured:
    """The caller owns the file; a failed capture leaves it empty rather than half written."""
    try:
        _refuse_what_it_serves(capture.key.pid, fd, None)
        regular = stat.S_ISREG(os.fstat(fd).st_mode)
        if regular:
            _reserve(capture, fd, None)
        captured = _run(capture, FileSink(fd), None, ready)
        if regular:
            trim(fd)
        return captured
    except BaseException:
        with suppress(OSError):
            os.ftruncate(fd, 0)
        raise


def _refuse_what_it_serves(pid: int, fd: int, path: Path | None) -> None:
    """Do not wait for a process that is held still for us."""
    if backend().serves(pid, fd):
        raise DumpError(
            E_WRITE_FAULT,
            f"Process {pid} itself serves the file system of the destination: it could take "
            "nothing while it stands still.",
            "Choose a folder on another file system.",
            pid=pid,
            path=path,
        )


def _run(capture: _Capture, sink: Sink, path: Path | None, ready: Freezes | Writes) -> Captured:
    """Have the system's own writer write it where there is one, else ours.

    What is to be passed on goes through our filters, whoever wrote it first.
    """
    job = _job(capture, sink, path)
    if isinstance(ready, Freezes):
        from dumpengine.capture import native

        return native.capture(job, capture.callback, ready)
    if job.options.redact or job.options.dump_type & MinidumpType.FilterTriage:
        from dumpengine.capture.redacting import capture_redacted

        return capture_redacted(job, ready)
    return ready.capture(job)


def _refuse_impossible(pid: int) -> None:
    """Say beforehand what certainly stands in the way; what may not is tried."""
    obstacle = backend().why_not(pid)
    if obstacle is not None and obstacle.certain and pid != os.getpid():
        raise obstacle.to_error(pid)


def _reserve(capture: _Capture, fd: int, path: Path | None) -> None:
    """Find out that the disk is full while the target is still running.

    A dump of stacks needs no such care: it is gathered in memory, and written when the target runs.
    """
    capture.callback.progress(Progress(Phase.PREPARING))
    if not capture.options.dump_type & BULK:
        return
    size = dump_size(capture.key, capture.options.dump_type)
    check_space(path.parent if path else fd, size)
    try:
        reserve(fd, size)
    except OSError as error:
        raise destination_error(error, path) from error


def _job(capture: _Capture, sink: Sink, path: Path | None) -> CaptureJob:
    destination = _Destination(sink, path)
    key = capture.key
    handle = key.handle if isinstance(key, ProcessHandle) else 0
    return CaptureJob(key.pid, key.started, capture.options, destination, capture.callback, handle)


def _result(
    capture: _Capture, name: str, path: Path | None, captured: Captured, elapsed_ms: float
) -> CaptureResult:
    return CaptureResult(
        ok=True,
        path=str(path) if path else None,
        size=captured.size,
        pid=capture.key.pid,
        name=name,
        dump_type=captured.dump_type,
        mode=captured.mode.value,
        pause_ms=captured.pause_ms,
        elapsed_ms=elapsed_ms,
        memory_bytes=captured.memory_bytes,
        threads=captured.threads,
        modules=captured.modules,
        ranges=captured.ranges,
        skipped_bytes=sum(problem.skipped for problem in captured.skipped),
        skipped=captured.skipped,
        warnings=(
            *captured.warnings,
            *capture.callback.exclusions.not_found(),
            *duplicates(capture.options.user_streams),
        ),
        restarted_calls=captured.restarted_calls,
        target_ended=captured.target_ended,
    )


def _mode(mode: str | Mode) -> Mode:
    try:
        return Mode(mode)
    except ValueError:
        raise DumpError(
            E_INVALIDARG, f"There is no mode “{mode}”.", "Use auto, snapshot or stop."
        ) from None


@dataclass(frozen=True, slots=True)
class _Destination:
    """A sink whose failures say that they are the destination's."""

    sink: Sink
    path: Path | None

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """See :class:`dumpengine.job.Sink`."""
        try:
            self.sink.write_at(offset, data)
        except OSError as error:
            raise destination_error(error, self.path) from error
