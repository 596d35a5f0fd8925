"""Dump -> DumpDescription."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from dumpengine.dump_types import format_dump_type
from dumpengine.errors import DumpError
from dumpengine.format.codeview import CodeView, decode_codeview
from dumpengine.format.streams import stream_row
from dumpengine.read.dump import Dump
from dumpengine.read.extensions import read_assertion, read_crashpad_info
from dumpengine.read.handles import read_handle_objects
from dumpengine.read.linux_texts import (
    read_command_line,
    read_cpu_model,
    read_distribution,
    read_status,
)
from dumpengine.read.memory import DumpMemory
from dumpengine.read.misc_info import MiscInfo, read_misc_info
from dumpengine.read.modules import ModuleMap
from dumpengine.report.codes import DUMP_REQUESTED, access_text, code_name
from dumpengine.report.description import (
    Address,
    AnnotationDescription,
    CountersDescription,
    DumpDescription,
    HandleDescription,
    HeaderDescription,
    ModuleDescription,
    Place,
    ProcessDescription,
    RangeDescription,
    RegionDescription,
    Remark,
    ReportDescription,
    StopDescription,
    StreamDescription,
    SystemDescription,
    ThreadDescription,
)
from dumpengine.report.missing import missing_parts
from dumpengine.report.words import protection_text, system_name, version_text
from dumpengine.snapshot import (
    Absent,
    Architecture,
    ExceptionRecord,
    Handle,
    MemoryType,
    Module,
    Range,
    Region,
    Registers,
    Snapshot,
    Thread,
    ThreadTimes,
    TimeZone,
    UnloadedModule,
    VmCounters,
)

T = TypeVar("T")
D = TypeVar("D")
_UNKNOWN_TIMES = ThreadTimes()


def describe(dump: Dump) -> DumpDescription:
    """Collect what the dump holds. Parts that cannot be read become remarks, never errors."""
    snapshot = dump.snapshot()
    modules = ModuleMap(snapshot.modules)
    ranges = tuple(dump.memory.ranges())
    return DumpDescription(
        path=str(dump.path or ""),
        size=dump.size,
        header=_header(dump),
        process=_process(dump, snapshot),
        system=_system(dump, snapshot),
        stop=_stop(snapshot, modules),
        report=_report(dump),
        memory_bytes=sum(piece.size for piece in ranges),
        comments=_or(lambda: dump.comments, ()),
        missing=missing_parts(dump, snapshot),
        remarks=_remarks(dump, snapshot),
        threads=tuple(_thread(thread, modules, dump.memory) for thread in snapshot.threads),
        modules=tuple(map(_module, snapshot.modules)),
        unloaded_modules=tuple(map(_unloaded, snapshot.unloaded_modules)),
        regions=tuple(_region(region, modules, dump.memory) for region in snapshot.regions),
        ranges=tuple(RangeDescription(Address(r.start), r.size) for r in ranges),
        handles=_handles(dump, snapshot),
        streams=tuple(
            StreamDescription(
                entry.type, entry.name, entry.size, entry.rva, stream_row(entry.type).holds
            )
            for entry in dump.streams
        ),
    )


def _or(read: Callable[[], T], instead: D) -> T | D:
    """Return what is read, or ``instead`` when the dump is broken there; the check says so."""
    try:
        return read()
    except DumpError:
        return instead


def _header(dump: Dump) -> HeaderDescription:
    header = dump.header
    return HeaderDescription(
        Address(header.Version),
        header.NumberOfStreams,
        header.StreamDirectoryRva,
        Address(header.CheckSum),
        header.TimeDateStamp,
        Address(header.Flags),
        tuple(format_dump_type(header.Flags).split("|")),
    )


def _process(dump: Dump, snapshot: Snapshot) -> ProcessDescription:
    process = snapshot.process
    status = _or(lambda: read_status(dump.file), None)
    return ProcessDescription(
        process.pid,
        process.name,
        process.path,
        process.ppid,
        status.uid if status else None,
        _or(lambda: read_command_line(dump.file), ()),
        process.created,
        process.user_time,
        process.kernel_time,
        _counters(process.counters),
    )


def _counters(counters: VmCounters | Absent) -> CountersDescription | None:
    if isinstance(counters, Absent):
        return None
    return CountersDescription(
        counters.working_set,
        counters.peak_working_set,
        counters.virtual,
        counters.peak_virtual,
        counters.private,
        counters.page_faults,
    )


def _system(dump: Dump, snapshot: Snapshot) -> SystemDescription:
    system = snapshot.system
    misc = _or(lambda: read_misc_info(dump.file), MiscInfo())
    zone = system.timezone if isinstance(system.timezone, TimeZone) else TimeZone()
    return SystemDescription(
        system_name(system, _or(lambda: read_distribution(dump.file), "")),
        Address(system.platform_id),
        system.architecture.value,
        f"{system.major}.{system.minor}.{system.build}",
        system.csd_version,
        system.product_type,
        system.processor_count,
        system.processor_level,
        system.processor_revision,
        _or(lambda: read_cpu_model(dump.file), ""),
        system.max_mhz,
        system.current_mhz,
        system.build_string,
        misc.debugger_build,
        zone.standard_name,
        zone.bias,
    )


def _stop(snapshot: Snapshot, modules: ModuleMap) -> StopDescription | None:
    record = snapshot.exception
    if isinstance(record, Absent):
        return None
    platform = snapshot.system.platform_id
    place = _place(_culprit(record), modules)
    name = code_name(record.code, platform)
    thread = next((t for t in snapshot.threads if t.tid == record.thread_id), None)
    who = f"Thread {record.thread_id}" + (f" ({thread.name})" if thread and thread.name else "")
    sentence = f"{who} stopped with {name}"
    sentence += access_text(record.code, record.address, record.parameters, platform)
    sentence += f" in {place}." if place.module else "."
    if record.code == DUMP_REQUESTED:
        sentence = f"Nothing crashed: the dump was requested, and {who.lower()} is the one meant."
    return StopDescription(
        sentence,
        record.thread_id,
        Address(record.code),
        name,
        Address(record.flags),
        Address(record.address),
        place,
        tuple(map(Address, record.parameters)),
        _registers(record.registers),
    )


def _culprit(record: ExceptionRecord) -> int:
    """Return where the code was: on Linux the address of a fault is that of the memory."""
    registers = record.registers
    return registers.pc if isinstance(registers, Registers) and registers.pc else record.address


def _report(dump: Dump) -> ReportDescription | None:
    crashpad = _or(lambda: read_crashpad_info(dump.file), None)
    failed = _or(lambda: read_assertion(dump.file), None)
    if crashpad is None and failed is None:
        return None
    return ReportDescription(
        crashpad.report_id if crashpad else "",
        crashpad.client_id if crashpad else "",
        tuple(
            AnnotationDescription(item.key, item.value)
            for item in (crashpad.annotations if crashpad else ())
        ),
        f"{failed.expression} in {failed.function} ({failed.file}:{failed.line})" if failed else "",
    )


def _place(address: int, modules: ModuleMap) -> Place:
    module = modules.find(address)
    if module is None:
        return Place(Address(address))
    return Place(Address(address), module.name, Address(address - module.base))


def _registers(registers: Registers | Absent) -> Mapping[str, int]:
    return {} if isinstance(registers, Absent) else registers.values


def _held(memory: DumpMemory, start: int, end: int) -> int:
    return sum(piece.size for piece in memory.populated(start, end))


def _thread(thread: Thread, modules: ModuleMap, memory: DumpMemory) -> ThreadDescription:
    registers, stack = thread.registers, thread.stack
    known = isinstance(registers, Registers) and registers.architecture is not Architecture.UNKNOWN
    span = stack if isinstance(stack, Range) else Range(0, 0)
    times = thread.times if isinstance(thread.times, ThreadTimes) else _UNKNOWN_TIMES
    lost = [
        f"{name}: {part.reason}"
        for name, part in (("registers", registers), ("stack", stack))
        if isinstance(part, Absent)
    ]
    return ThreadDescription(
        thread.tid,
        thread.name,
        _place(registers.pc, modules) if known and isinstance(registers, Registers) else None,
        Address(registers.sp if isinstance(registers, Registers) else 0),
        Address(span.start),
        span.size,
        _held(memory, span.start, span.end),
        Address(thread.teb),
        thread.suspend_count,
        thread.priority_class,
        thread.priority,
        times.created,
        times.user,
        times.kernel,
        Address(thread.start_address),
        Address(thread.affinity),
        "; ".join(lost),
        _registers(registers),
    )


def _module(module: Module) -> ModuleDescription:
    view = decode_codeview(module.codeview) or CodeView("")
    return ModuleDescription(
        Address(module.base),
        module.size,
        module.name,
        module.path,
        version_text(module.version),
        Address(module.timestamp),
        Address(module.checksum),
        view.kind,
        view.identifier,
        view.debug_id,
        view.pdb,
    )


def _unloaded(module: UnloadedModule) -> ModuleDescription:
    plain = Module(
        module.base,
        module.size,
        module.path,
        timestamp=module.timestamp,
        checksum=module.checksum,
    )
    return _module(plain)


def _region(region: Region, modules: ModuleMap, memory: DumpMemory) -> RegionDescription:
    # A list of memory from Windows names nothing.
    module = modules.find(region.start) if region.type is MemoryType.IMAGE else None
    return RegionDescription(
        Address(region.start),
        region.size,
        region.state.name.lower(),
        Address(region.protect),
        protection_text(region.protect),
        Address(region.allocation_base),
        Address(region.allocation_protect),
        region.type.name.lower(),
        region.name or (module.path if module else ""),
        _held(memory, region.start, region.end),
    )


def _handles(dump: Dump, snapshot: Snapshot) -> tuple[HandleDescription, ...] | None:
    if isinstance(snapshot.handles, Absent):
        return None
    objects = _or(lambda: read_handle_objects(dump.file), ())
    known = {item.handle: tuple(info.kind for info in item.information) for item in objects}
    return tuple(_handle(handle, known.get(handle.handle, ())) for handle in snapshot.handles)


def _handle(handle: Handle, information: tuple[str, ...]) -> HandleDescription:
    return HandleDescription(
        Address(handle.handle),
        handle.type_name,
        handle.object_name,
        Address(handle.attributes),
        Address(handle.granted_access),
        handle.handle_count,
        handle.pointer_count,
        information,
    )


def _remarks(dump: Dump, snapshot: Snapshot) -> tuple[Remark, ...]:
    notes = _or(lambda: dump.capture_notes, None)
    said = [Remark("Capture", warning, None, 0) for warning in (notes.warnings if notes else ())]
    return (
        *(
            Remark(p.where, p.what, None if p.address is None else Address(p.address), p.skipped)
            for p in snapshot.problems
        ),
        *said,
    )
