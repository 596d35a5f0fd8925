"""Makes a smaller dump out of a larger one: what one does before mailing it.

The dump is read as a snapshot and goes through the same writer as a live process, so every type
means what it means there. Works on the dumps of every writer we read.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dumpengine.callbacks import DumpCallback
from dumpengine.capture.output import FileSink, OutputFile, check_space, destination_error
from dumpengine.capture.verify import verify
from dumpengine.dump_types import MinidumpType, format_dump_type, validate
from dumpengine.errors import E_INVALIDARG, DumpError
from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_ARM64, CONTEXT_X86
from dumpengine.format.stream_types import StreamType, stream_name
from dumpengine.format.streams import Shrink, stream_row
from dumpengine.format.system_info import PlatformId
from dumpengine.privacy.redaction import redact
from dumpengine.read.dump import Dump, open_dump
from dumpengine.snapshot import (
    PAGE_SIZE,
    Absent,
    Architecture,
    MemoryType,
    Module,
    PageProtection,
    Range,
    Region,
    Registers,
    Section,
    SectionKind,
    Snapshot,
    Thread,
)
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
_FULL_CONTEXTS = {
    Architecture.AMD64: CONTEXT_AMD64.SIZE,
    Architecture.X86: CONTEXT_X86.SIZE,
    Architecture.ARM64: CONTEXT_ARM64.SIZE,
}
_THREAD_BLOCK = 2 * PAGE_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkResult:
    """What came of it; sizes in bytes.

    ``dropped`` names streams that were left out, ``scrubbed`` says what redaction took out and
    ``warnings`` what is missing or may still be there.
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

    ``redacted`` also scrubs environment, command line and stack contents. Raises DumpError; then
    there is no new file, and one that was there is as before.
    """
    with open_dump(source) as dump:
        made = plan(dump, validate(dump_type), redacted=redacted)
        output = OutputFile(Path(destination), overwrite=overwrite)
        try:
            check_space(output.path.parent, min(dump.size, _upper_bound(made, dump)))
            report = _write(made, output, callback or DumpCallback())
            dropped = tuple(_dropped(dump, output.fd))
            path = output.publish()
        finally:
            output.discard()
        return _result(made, dump, path, report, dropped)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write and what to say about it."""

    snapshot: Snapshot
    options: WriteOptions
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
    if redacted:
        clean = redact(snapshot, dump_type)
        snapshot, dump_type, scrubbed = clean.snapshot, clean.dump_type, clean.scrubbed
        warnings += clean.left
    options = WriteOptions(
        dump_type=dump_type,
        timestamp=dump.timestamp,
        warnings=_notes(dump, warnings),
        from_file=True,
        redacted=redacted,
    )
    return Plan(snapshot, options, scrubbed, tuple(warnings))


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


def _write(plan: Plan, output: OutputFile, callback: DumpCallback) -> WriteReport:
    try:
        report = write_minidump(plan.snapshot, FileSink(output.fd), plan.options, callback)
    except OSError as error:
        raise destination_error(error, output.path) from error
    verify(callback, output.fd, output.path)
    return report


def _dropped(dump: Dump, written: int) -> Iterator[str]:
    """Name the streams that are not in the new file as they were in the old one.

    The map of a filtered dump is there all the same, without folders.
    """
    with open_dump(written) as small:
        for kind in dump.snapshot().streams:
            before: bytes | None = None
            with suppress(DumpError):
                before = dump.stream(kind)
            if before is None or (small.stream(kind) != before and kind != _S.LinuxMaps):
                yield stream_name(kind)


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


def prepared(dump: Dump) -> Snapshot:
    """Return the snapshot to write.

    A file says less than a live process: where modules have their code and data, and what belongs
    to a thread, is worked out from the map of the address space.
    """
    snapshot = dump.snapshot()
    regions = snapshot.regions or tuple(_regions_of(dump))
    places = _Places(regions)
    return replace(
        snapshot,
        regions=regions,
        modules=tuple(_with_sections(module, places) for module in snapshot.modules),
        threads=tuple(_whole(thread, snapshot) for thread in snapshot.threads),
        streams=dict(_kept(snapshot)),
    )


def _kept(snapshot: Snapshot) -> Iterator[tuple[int, bytes]]:
    for kind in snapshot.streams:
        if stream_row(kind).shrink is not Shrink.COPIED:
            continue
        with suppress(DumpError):  # outside the file: the check of the source says so
            yield kind, snapshot.streams[kind]


def _regions_of(dump: Dump) -> Iterator[Region]:
    """Make regions of the ranges a dump holds when it has no map.

    They are not executable on purpose: the filter for stacks then takes all modules for code.
    """
    for piece in dump.memory.ranges():
        yield Region(
            start=piece.start,
            end=piece.end,
            protect=PageProtection.READWRITE,
            type=MemoryType.PRIVATE,
        )


def _with_sections(module: Module, places: _Places) -> Module:
    """Work out headers, code and data from the regions a module lies in."""
    sections = [Section(module.base, module.base + PAGE_SIZE, SectionKind.HEADER)]
    for region in places.touching(module.base, module.end):
        start, end = max(region.start, module.base), min(region.end, module.end)
        if region.executable:
            sections.append(Section(start, end, SectionKind.CODE))
        elif region.writable:
            sections.append(Section(start, end, SectionKind.DATA))
    return replace(module, sections=tuple(sections))


class _Places:
    """Regions by address; a full dump can have a hundred thousand."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._regions = sorted(regions, key=lambda region: region.start)
        self._starts = [region.start for region in self._regions]

    def touching(self, start: int, end: int) -> Iterator[Region]:
        """Yield the regions that share an address with ``[start, end)``."""
        first = max(0, bisect_right(self._starts, start) - 1)
        for index in range(first, len(self._regions)):
            region = self._regions[index]
            if region.start >= end:
                return
            if region.end > start:
                yield region


def _whole(thread: Thread, snapshot: Snapshot) -> Thread:
    """Complete a thread for the writer: its own block, and a context every reader takes."""
    return replace(
        thread,
        registers=_plain(thread.registers),
        local_data=_own_block(thread, snapshot),
    )


def _plain(registers: Registers | Absent) -> Registers | Absent:
    """Have contexts encoded anew that LLDB cut short or that Breakpad laid out its own way."""
    if isinstance(registers, Absent):
        return registers
    needed = _FULL_CONTEXTS.get(registers.architecture, 0)
    return replace(registers, context=b"") if len(registers.context) < needed else registers


def _own_block(thread: Thread, snapshot: Snapshot) -> tuple[Range, ...]:
    """The TEB on Windows; on Linux thread-local storage lies around the thread pointer."""
    if not thread.teb:
        return ()
    if snapshot.system.platform_id == PlatformId.WIN32_NT:
        return (Range(thread.teb, thread.teb + _THREAD_BLOCK),)
    start = max(0, thread.teb - _THREAD_BLOCK // 2)
    return (Range(start, start + _THREAD_BLOCK),)
