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
                type=entry.type,
                name=entry.name,
                size=entry.size,
                rva=entry.rva,
                holds=stream_row(entry.type).holds,
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
        version=Address(header.Version),
        stream_count=header.NumberOfStreams,
        directory_rva=header.StreamDirectoryRva,
        checksum=Address(header.CheckSum),
        timestamp=header.TimeDateStamp,
        flags=Address(header.Flags),
        flag_names=tuple(format_dump_type(header.Flags).split("|")),
    )


def _process(dump: Dump, snapshot: Snapshot) -> ProcessDescription:
    process = snapshot.process
    status = _or(lambda: read_status(dump.file), None)
    return ProcessDescription(
        pid=process.pid,
        name=process.name,
        path=process.path,
        ppid=process.ppid,
        uid=status.uid if status else None,
        command_line=_or(lambda: read_command_line(dump.file), ()),
        created=process.created,
        user_time=process.user_time,
        kernel_time=process.kernel_time,
        counters=_counters(process.counters),
    )


def _counters(counters: VmCounters | Absent) -> CountersDescription | None:
    if isinstance(counters, Absent):
        return None
    return CountersDescription(
        working_set=counters.working_set,
        peak_working_set=counters.peak_working_set,
        virtual=counters.virtual,
        peak_virtual=counters.peak_virtual,
        private=counters.private,
        page_faults=counters.page_faults,
    )


def _system(dump: Dump, snapshot: Snapshot) -> SystemDescription:
    system = snapshot.system
    misc = _or(lambda: read_misc_info(dump.file), MiscInfo())
    zone = system.timezone if isinstance(system.timezone, TimeZone) else TimeZone()
    return SystemDescription(
        name=system_name(system, _or(lambda: read_distribution(dump.file), "")),
        platform_id=Address(system.platform_id),
        architecture=system.architecture.value,
        version=f"{system.major}.{system.minor}.{system.build}",
        csd_version=system.csd_version,
        product_type=system.product_type,
        processor_count=system.processor_count,
        processor_level=system.processor_level,
        processor_revision=system.processor_revision,
        processor=_or(lambda: read_cpu_model(dump.file), ""),
        max_mhz=system.max_mhz,
        current_mhz=system.current_mhz,
        build=system.build_string,
        writer=misc.debugger_build,
        timezone=zone.standard_name,
        timezone_bias=zone.bias,
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
        sentence=sentence,
        thread=record.thread_id,
        code=Address(record.code),
        code_name=name,
        flags=Address(record.flags),
        address=Address(record.address),
        place=place,
        parameters=tuple(map(Address, record.parameters)),
        registers=_registers(record.registers),
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
        tid=thread.tid,
        name=thread.name,
        place=_place(registers.pc, modules) if known and isinstance(registers, Registers) else None,
        stack_pointer=Address(registers.sp if isinstance(registers, Registers) else 0),
        stack_start=Address(span.start),
        stack_size=span.size,
        stack_held=_held(memory, span.start, span.end),
        teb=Address(thread.teb),
        suspend_count=thread.suspend_count,
        priority_class=thread.priority_class,
        priority=thread.priority,
        created=times.created,
        user_time=times.user,
        kernel_time=times.kernel,
        start_address=Address(thread.start_address),
        affinity=Address(thread.affinity),
        missing="; ".join(lost),
        registers=_registers(registers),
    )


def _module(module: Module) -> ModuleDescription:
    view = decode_codeview(module.codeview) or CodeView("")
    return ModuleDescription(
        base=Address(module.base),
        size=module.size,
        name=module.name,
        path=module.path,
        version=version_text(module.version),
        timestamp=Address(module.timestamp),
        checksum=Address(module.checksum),
        codeview=view.kind,
        identifier=view.identifier,
        symbols=view.debug_id,
        pdb=view.pdb,
    )


def _unloaded(module: UnloadedModule) -> ModuleDescription:
    plain = Module(
        base=module.base,
        size=module.size,
        path=module.path,
        timestamp=module.timestamp,
        checksum=module.checksum,
    )
    return _module(plain)


def _region(region: Region, modules: ModuleMap, memory: DumpMemory) -> RegionDescription:
    # A list of memory from Windows names nothing.
    module = modules.find(region.start) if region.type is MemoryType.IMAGE else None
    return RegionDescription(
        start=Address(region.start),
        size=region.size,
        state=region.state.name.lower(),
        protect=Address(region.protect),
        protection=protection_text(region.protect),
        allocation_base=Address(region.allocation_base),
        allocation_protect=Address(region.allocation_protect),
        kind=region.type.name.lower(),
        name=region.name or (module.path if module else ""),
        held=_held(memory, region.start, region.end),
    )


def _handles(dump: Dump, snapshot: Snapshot) -> tuple[HandleDescription, ...] | None:
    if isinstance(snapshot.handles, Absent):
        return None
    objects = _or(lambda: read_handle_objects(dump.file), ())
    known = {item.handle: tuple(info.kind for info in item.information) for item in objects}
    return tuple(_handle(handle, known.get(handle.handle, ())) for handle in snapshot.handles)


def _handle(handle: Handle, information: tuple[str, ...]) -> HandleDescription:
    return HandleDescription(
        handle=Address(handle.handle),
        type=handle.type_name,
        name=handle.object_name,
        attributes=Address(handle.attributes),
        access=Address(handle.granted_access),
        handle_count=handle.handle_count,
        pointer_count=handle.pointer_count,
        information=information,
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
