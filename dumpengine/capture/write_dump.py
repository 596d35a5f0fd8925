"""write_dump(), the front door: serialises, opens the output, captures, verifies, reports."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from dumpengine.backends.choose import backend
from dumpengine.backends.protocol import Freezes, Writes
from dumpengine.callbacks import DumpCallback, Phase, Progress, raise_if_cancelled
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
from dumpengine.dump_types import BULK, MinidumpType, validate
from dumpengine.errors import (
    E_BAD_FORMAT,
    E_CALLBACK_EXCEPTION,
    E_INVALIDARG,
    DumpError,
)
from dumpengine.job import (
    Captured,
    CaptureJob,
    ExceptionInformation,
    Mode,
    Sink,
    UserStream,
)
from dumpengine.processes.listing import ProcessKey, key_of, process_name
from dumpengine.write.user_streams import check_user_streams

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
    hold: bool = False,
) -> CaptureResult:
    """Write a minidump of a process.

    ``process`` is an id, or a ProcessKey to be sure it is still the same one. ``file`` is a path
    (the file appears when it is whole; nothing is replaced without ``overwrite``, and with
    ``numbered`` a name that is taken gets a number), an open file descriptor, or a seekable
    binary stream. ``mode`` is "auto", "snapshot" or "stop". ``redact``
    takes environment, command line and stack contents out; the result's warnings say what went.
    With ``hold`` the process stands still, snapshot or not, until the callback has heard of
    Phase.COLLECTING: several processes can be dumped as of one moment (on Linux).

    Raises DumpError; then there is no file, one that was there is as before, and the process runs.
    https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpwritedump
    """
    started = time.perf_counter()
    order = _Order(
        key=process if isinstance(process, ProcessKey) else key_of(process),
        dump_type=validate(dump_type),
        mode=_mode(mode),
        exception=exception,
        user_streams=tuple(user_streams),
        redact=redact,
        hold=hold,
        callback=_guarded(callback or DumpCallback()),
    )
    check_user_streams(order.user_streams)
    _refuse_impossible(order.key.pid)
    name = process_name(order.key)
    with _one_at_a_time, backend().ready() as ready:
        path, captured = _deliver(order, ready, _output(file, overwrite, numbered))
    return _result(order, name, path, captured, (time.perf_counter() - started) * 1000)


@dataclass(frozen=True, slots=True)
class _Order:
    """The parameters, checked."""

    key: ProcessKey
    dump_type: MinidumpType
    mode: Mode
    exception: ExceptionInformation | None
    user_streams: tuple[UserStream, ...]
    callback: DumpCallback
    redact: bool
    hold: bool


def _output(
    file: str | os.PathLike[str] | int | BinaryIO, overwrite: bool, numbered: bool
) -> OutputFile | int | BinaryIO:
    if isinstance(file, (str, os.PathLike)):
        return OutputFile(Path(file), overwrite=overwrite, numbered=numbered)
    return file


def _deliver(
    order: _Order, ready: Freezes | Writes, file: OutputFile | int | BinaryIO
) -> tuple[Path | None, Captured]:
    if isinstance(file, OutputFile):
        return _to_path(order, ready, file)
    if isinstance(file, int):
        return None, _to_descriptor(order, ready, file)
    return None, _capture(_job(order, StreamSink(file), None), ready)


def _to_path(order: _Order, ready: Freezes | Writes, output: OutputFile) -> tuple[Path, Captured]:
    # verify() needs it at the end; now there is time to load it: the back-end gets ready.
    import dumpengine.read.check  # noqa: F401

    try:
        _reserve(order, output.fd, output.path)
        captured = _capture(_job(order, FileSink(output.fd), output.path), ready)
        trim(output.fd)
        verify(order.callback, output.fd, output.path)
        return output.publish(), captured
    finally:
        output.discard()


def _to_descriptor(order: _Order, ready: Freezes | Writes, fd: int) -> Captured:
    """The caller owns the file; a failed capture leaves it empty rather than half written."""
    try:
        regular = stat.S_ISREG(os.fstat(fd).st_mode)
        if regular:
            _reserve(order, fd, None)
        captured = _capture(_job(order, FileSink(fd), None), ready)
        if regular:
            trim(fd)
        return captured
    except BaseException:
        with suppress(OSError):
            os.ftruncate(fd, 0)
        raise


def _capture(job: CaptureJob, ready: Freezes | Writes) -> Captured:
    """Have the system's own writer write it where there is one, else ours."""
    if isinstance(ready, Freezes):
        from dumpengine.capture.native import capture

        return capture(job, ready)
    if job.redact:
        from dumpengine.capture.redacting import capture_redacted

        return capture_redacted(job, ready)
    return ready.capture(job)


def _refuse_impossible(pid: int) -> None:
    """Say beforehand what certainly stands in the way; what may not is tried."""
    obstacle = backend().why_not(pid)
    if obstacle is not None and obstacle.certain and pid != os.getpid():
        raise obstacle.to_error(pid)


def _reserve(order: _Order, fd: int, path: Path | None) -> None:
    """Find out that the disk is full while the target is still running.

    A dump of stacks needs no such care: it is gathered in memory, and written when the target runs.
    """
    order.callback.progress(Progress(Phase.PREPARING))
    if not order.dump_type & BULK:
        return
    size = dump_size(order.key, order.dump_type)
    check_space(path.parent if path else fd, size)
    try:
        reserve(fd, size)
    except OSError as error:
        raise destination_error(error, path) from error


def _job(order: _Order, sink: Sink, path: Path | None) -> CaptureJob:
    return CaptureJob(
        pid=order.key.pid,
        started=order.key.started,
        dump_type=order.dump_type,
        sink=_Destination(sink, path),
        callback=order.callback,
        mode=order.mode,
        exception=order.exception,
        user_streams=order.user_streams,
        redact=order.redact,
        hold=order.hold,
    )


def verify(callback: DumpCallback, fd: int, path: Path) -> None:
    """Read a written dump back; raises DumpError when our own checker finds an error.

    It is the last thing before a dump gets its name, so a cancel counts until its end.
    """
    from dumpengine.read.check import check_dump

    callback.progress(Progress(Phase.VERIFYING))
    report = check_dump(fd)
    errors = [finding for finding in report.findings if finding.severity == "error"]
    if errors:
        raise DumpError(
            E_BAD_FORMAT,
            f"The written dump is not whole: {errors[0].where}: {errors[0].what}",
            "Nothing was kept. Try again; if it stays, report it with the details.",
            path=path,
        )
    raise_if_cancelled(callback)


def _result(
    order: _Order, name: str, path: Path | None, captured: Captured, elapsed_ms: float
) -> CaptureResult:
    return CaptureResult(
        ok=True,
        path=str(path) if path else None,
        size=captured.size,
        pid=order.key.pid,
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
        warnings=captured.warnings,
        restarted_calls=captured.restarted_calls,
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


class _Guard:
    """Turns an exception a callback raises into the capture's own failure, its text included."""

    def __init__(self, callback: DumpCallback) -> None:
        self._callback = callback

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._callback, name)

        def guarded(*arguments: Any) -> Any:
            try:
                return method(*arguments)
            except DumpError:
                raise
            except Exception as error:
                raise DumpError(
                    E_CALLBACK_EXCEPTION,
                    f"The callback {name} raised {type(error).__name__}: {error}.",
                ) from error

        return guarded


def _guarded(callback: DumpCallback) -> DumpCallback:
    return cast("DumpCallback", _Guard(callback))
