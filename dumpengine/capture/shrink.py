"""Makes a smaller dump out of a larger one: what one does before mailing it.

The dump is read as a snapshot and goes through the same writer as a live process, so every type
means what it means there. Works on the dumps of every writer we read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dumpengine.callbacks import DumpCallback
from dumpengine.capture.from_file import prepared
from dumpengine.capture.output import FileSink, OutputFile, check_space, destination_error
from dumpengine.capture.verify import verify
from dumpengine.dump_types import MinidumpType, format_dump_type, validate
from dumpengine.errors import E_BAD_FORMAT, E_INVALIDARG, DumpError, ErrorKind
from dumpengine.format.stream_types import StreamType, stream_name
from dumpengine.format.streams import Shrink, stream_row
from dumpengine.privacy.redaction import redact
from dumpengine.read.check import check_source
from dumpengine.read.dump import Dump, open_dump
from dumpengine.snapshot import Snapshot
from dumpengine.text import size_text
from dumpengine.write.writer import WriteOptions, WriteReport, write_minidump

_T = MinidumpType
_S = StreamType

# A flag, the stream that shows that the dump was made with it.
_PROMISES = (
    (_T.WithHandleData, _S.HandleDataStream),
    (_T.WithFullMemoryInfo, _S.MemoryInfoListStream),
    (_T.WithThreadInfo, _S.ThreadInfoListStream),
    (_T.WithTokenInformation, _S.TokenStream),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkResult:
    """What came of it; sizes in bytes.

    ``dropped`` names streams that a dump of this type has no place for, ``scrubbed`` says what
    redaction took out, streams included, and ``warnings`` what is missing or may still be there.
    """

    path: str
    size: int
    source_size: int
    dump_type: int
    memory_bytes: int
    threads: int
    modules: int
    ranges: int
    dropped: tuple[str, ...] = ()
    scrubbed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the object ``dumpengine shrink --json`` prints."""
        fields = asdict(self)
        fields["flags"] = format_dump_type(self.dump_type).split("|")
        return fields


def shrink_dump(
    source: str | os.PathLike[str],
    destination: str | os.PathLike[str],
    dump_type: int,
    *,
    redacted: bool = False,
    overwrite: bool = False,
    callback: DumpCallback | None = None,
) -> ShrinkResult:
    """Write a dump of ``dump_type`` out of the dump ``source``.

    ``redacted`` also scrubs environment, command line and stack contents. Raises DumpError, also
    when the dump is small already and would only grow, which one that is redacted may; then there
    is no new file, and one that was there is as before.
    """
    with open_dump(source) as dump:
        made = plan(dump, validate(dump_type), redacted=redacted)
        output = OutputFile(Path(destination), overwrite=overwrite)
        try:
            check_space(output.path.parent, min(dump.size, _upper_bound(made, dump)))
            report = _write(made, dump, output, callback or DumpCallback())
            if not redacted and report.size >= dump.size:
                raise _small_already(report.size, dump)
            dropped = tuple(_dropped(dump, output.fd, made.redacted))
            path = output.publish()
        finally:
            output.discard()
        return _result(made, dump, path, report, dropped)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write and what to say about it; ``redacted`` are streams that redaction took out."""

    snapshot: Snapshot
    options: WriteOptions
    redacted: frozenset[int]
    scrubbed: tuple[str, ...]
    warnings: tuple[str, ...]


def plan(dump: Dump, dump_type: MinidumpType, *, redacted: bool) -> Plan:
    """Return what to write for a dump of ``dump_type`` out of ``dump``; raises DumpError."""
    if dump_type & _T.WithFullMemory and dump.file.find(_S.Memory64ListStream) is None:
        raise DumpError(
            E_INVALIDARG,
            "The dump does not hold full memory, so no dump with full memory can come of it.",
            "Choose a smaller type.",
        )
    warnings = list(_unkept(dump, dump_type))
    for flag, stream in _PROMISES:
        if dump.file.find(stream) is None:
            dump_type &= ~flag
    snapshot = prepared(dump)
    scrubbed: tuple[str, ...] = ()
    taken: frozenset[int] = frozenset()
    if redacted:
        clean = redact(snapshot, dump_type)
        taken = clean.streams
        snapshot, dump_type, scrubbed = clean.snapshot, clean.dump_type, clean.scrubbed
        warnings += clean.left
    options = WriteOptions(
        dump_type=dump_type,
        timestamp=dump.timestamp,
        warnings=_notes(dump, warnings),
        from_file=True,
        redacted=redacted,
    )
    return Plan(snapshot, options, taken, scrubbed, tuple(warnings))


def _unkept(dump: Dump, dump_type: MinidumpType) -> Iterator[str]:
    for flag, stream in _PROMISES:
        if dump_type & flag and dump.file.find(stream) is None:
            yield f"The dump has no {stream_name(stream)}; {flag.name} was left out."


def _notes(dump: Dump, warnings: list[str]) -> tuple[str, ...]:
    """The remarks of the first capture stay with the dump."""
    try:
        before = dump.capture_notes
    except DumpError:
        before = None
    return (*(before.warnings if before else ()), *warnings)


def _upper_bound(plan: Plan, dump: Dump) -> int:
    """A mini needs little; only for other types may the whole size be needed."""
    large = _T.WithFullMemory | _T.WithPrivateReadWriteMemory | _T.WithDataSegs | _T.WithCodeSegs
    return dump.size if plan.options.dump_type & large else 1 << 20


def _write(plan: Plan, dump: Dump, output: OutputFile, callback: DumpCallback) -> WriteReport:
    sink = _Destination(FileSink(output.fd), output.path)
    try:
        report = write_minidump(plan.snapshot, sink, plan.options, callback)
        verify(callback, output.fd, output.path)
    except (struct.error, OverflowError) as error:
        raise _damaged(dump, "a number in it fits nowhere") from error
    except DumpError as error:
        if error.hresult == E_BAD_FORMAT and (damage := _damage_of(dump)):
            raise _damaged(dump, damage) from error
        raise
    return report


@dataclass(frozen=True, slots=True)
class _Destination:
    """A sink whose failures say that they are the destination's, not the dump's that is read."""

    sink: FileSink
    path: Path

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """See :class:`dumpengine.job.Sink`."""
        try:
            self.sink.write_at(offset, data)
        except OSError as error:
            raise destination_error(error, self.path) from error


def _damage_of(dump: Dump) -> str:
    """What our checker finds wrong with a dump; empty when it is whole."""
    findings = check_source(dump.file.source).findings
    return next((f"{f.where}: {f.what}" for f in findings if f.severity == "error"), "")


def _damaged(dump: Dump, what: str) -> DumpError:
    return DumpError(
        E_BAD_FORMAT,
        f"The dump is damaged, so no smaller one can come of it: {what}",
        "Run `dumpengine check` on it, or make it again.",
        kind=ErrorKind.FAILED,
        path=dump.path,
    )


def _small_already(size: int, dump: Dump) -> DumpError:
    return DumpError(
        E_INVALIDARG,
        f"The dump is small already: it has {size_text(dump.size)}, and one of this type would "
        f"have {size_text(size)}.",
        "Pass it on as it is, choose a smaller type, or take private things out with --redact.",
        kind=ErrorKind.FAILED,
        path=dump.path,
    )


def _dropped(dump: Dump, written: int, redacted: frozenset[int]) -> Iterator[str]:
    """Name the streams passed on neither as they were nor filtered, but for ``redacted`` ones."""
    with open_dump(written) as small:
        for kind in dump.file.types:
            row = stream_row(kind)
            if row.shrink is Shrink.REWRITTEN or kind in redacted:
                continue
            if small.file.find(kind) is None or not (_same(dump, small, kind) or row.names_files):
                yield row.name


def _same(dump: Dump, small: Dump, kind: int) -> bool:
    """Whether a stream is the one it was; one that was moved has other offsets in it."""
    with suppress(DumpError):
        return stream_row(kind).shrink is Shrink.MOVED or dump.stream(kind) == small.stream(kind)
    return False


def _result(
    plan: Plan, dump: Dump, path: Path, report: WriteReport, dropped: tuple[str, ...]
) -> ShrinkResult:
    return ShrinkResult(
        path=str(path),
        size=path.stat().st_size,
        source_size=dump.size,
        dump_type=int(plan.options.dump_type),
        memory_bytes=report.memory_bytes,
        threads=report.threads,
        modules=report.modules,
        ranges=report.ranges,
        dropped=dropped,
        scrubbed=plan.scrubbed,
        warnings=plan.warnings,
    )
