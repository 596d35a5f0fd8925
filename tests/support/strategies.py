"""Generated snapshots of processes that could exist, for round trips through writer and reader."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import strategies as st

from dumpengine.format.modules import VS_FFI_SIGNATURE
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId
from dumpengine.snapshot import (
    Absent,
    Architecture,
    ExceptionRecord,
    Handle,
    LinkMapEntry,
    LoaderDebug,
    MemoryState,
    MemoryType,
    Module,
    PageProtection,
    ProcessInfo,
    Range,
    Region,
    Registers,
    Snapshot,
    SystemInfo,
    SystemMemory,
    Thread,
    ThreadTimes,
    TimeZone,
    UnloadedModule,
    VmCounters,
)
from tests.support.fake_memory import FakeMemory

PAGE = 4096
U16, U32, U64 = (st.integers(0, 2**bits - 1) for bits in (16, 32, 64))
# What a name can hold in UTF-16; NUL would end it.
TEXT = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=12
)
SECONDS = st.integers(0, 10**7 * 100_000).map(lambda ticks: ticks / 10**7)
MOMENTS = st.integers(1, 2**31).map(float)

_AMD64 = [
    *(f"r{n}" for n in ("ax", "bx", "cx", "dx", "si", "di", "bp", "sp", "ip", *range(8, 16))),
    *(f"dr{n}" for n in (0, 1, 2, 3, 6, 7)),
]
_SHORT = {
    "cs": U16,
    "ds": U16,
    "es": U16,
    "fs": U16,
    "gs": U16,
    "ss": U16,
    "eflags": U32,
    "mxcsr": U32,
}


@st.composite
def amd64_registers(draw: st.DrawFn, *, sp: int | None = None) -> Registers:
    """All registers a CONTEXT has room for."""
    values = {name: draw(U64) for name in _AMD64} | {n: draw(s) for n, s in _SHORT.items()}
    if sp is not None:
        values["rsp"] = sp
    return Registers(Architecture.AMD64, values, fxsave=draw(st.binary(min_size=512, max_size=512)))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A 64-bit Linux process with up to four of everything."""
    regions, memory = draw(address_spaces())
    readable = [region for region in regions if region.readable]
    threads = draw(thread_lists(readable))
    return Snapshot(
        system=draw(systems()),
        process=draw(processes()),
        threads=threads,
        modules=draw(module_lists()),
        regions=tuple(regions),
        memory=memory,
        handles=tuple(draw(st.lists(handles(), max_size=4))),
        exception=draw(st.one_of(st.just(Absent("none")), exceptions(threads))),
        unloaded_modules=tuple(draw(st.lists(unloaded(), max_size=3))),
        loader=draw(st.one_of(st.just(Absent("not asked for")), loaders())),
        streams=draw(st.dictionaries(st.sampled_from(_RAW), st.binary(min_size=1, max_size=50))),
    )


_RAW = [StreamType.LinuxCpuInfo, StreamType.LinuxAuxv, StreamType.LinuxCmdLine, 0x12340000, 13]


@st.composite
def address_spaces(draw: st.DrawFn) -> tuple[list[Region], FakeMemory]:
    """A few regions with gaps or none between them, and memory in the readable ones."""
    at, regions, pieces = 0x10000, [], {}
    protections = st.sampled_from(
        [
            PageProtection.READONLY,
            PageProtection.READWRITE,
            PageProtection.EXECUTE_READ,
            PageProtection.NOACCESS,
        ]
    )
    for _ in range(draw(st.integers(1, 5))):
        at += draw(st.integers(0, 3)) * PAGE
        size = draw(st.integers(1, 2)) * PAGE
        kind = draw(st.sampled_from([MemoryType.PRIVATE, MemoryType.MAPPED, MemoryType.IMAGE]))
        region = Region(
            start=at,
            end=at + size,
            protect=draw(protections),
            type=kind,
            state=MemoryState.COMMIT,
            allocation_base=at,
            allocation_protect=4,
        )
        regions.append(region)
        if region.readable:
            pieces[at] = draw(st.binary(min_size=8, max_size=8)) * (size // 8)
        at += size
    return regions, FakeMemory(pieces)


@st.composite
def thread_lists(draw: st.DrawFn, readable: list[Region]) -> tuple[Thread, ...]:
    """Threads with stacks in regions of their own; ids are unique."""
    tids = draw(st.lists(st.integers(1, 2**22), unique=True, min_size=1, max_size=4))
    return tuple(
        draw(threads(tid, region))
        for tid, region in zip(tids, _stacks(readable, tids), strict=True)
    )


def _stacks(readable: list[Region], tids: list[int]) -> list[Region | None]:
    stacks: list[Region | None] = list(readable[: len(tids)])
    return stacks + [None] * (len(tids) - len(stacks))


@st.composite
def threads(draw: st.DrawFn, tid: int, region: Region | None) -> Thread:
    """One thread, with a stack in ``region`` when there is one."""
    stack: Range | Absent = Absent("the dump has none")
    sp = None
    if region:
        sp = region.start + draw(st.integers(0, 200)) * 8
        stack = Range(sp, region.end)
    return Thread(
        tid=tid,
        registers=draw(amd64_registers(sp=sp)),
        stack=stack,
        name=draw(st.one_of(st.just(""), TEXT)),
        teb=draw(U64),
        suspend_count=draw(U32),
        priority_class=draw(U32),
        priority=draw(U32),
        times=ThreadTimes(draw(MOMENTS), draw(SECONDS), draw(SECONDS)),
        start_address=draw(U64),
        affinity=draw(U64),
    )


@st.composite
def module_lists(draw: st.DrawFn) -> tuple[Module, ...]:
    """Modules that do not lie over each other."""
    at, modules = 0x7F00_0000_0000, []
    for _ in range(draw(st.integers(0, 4))):
        size = draw(st.integers(1, 2**20))
        numbers = [0x10000, 1, *draw(st.lists(U32, min_size=10, max_size=10))]
        modules.append(
            Module(
                base=at,
                size=size,
                path="/" + draw(TEXT),
                codeview=draw(st.binary(max_size=40)),
                timestamp=draw(U32),
                checksum=draw(U32),
                version=(VS_FFI_SIGNATURE, *numbers),
                misc=draw(st.binary(max_size=10)),
            )
        )
        at += size + draw(st.integers(0, 2**20))
    return tuple(modules)


@st.composite
def systems(draw: st.DrawFn) -> SystemInfo:
    """A Linux machine."""
    return SystemInfo(
        architecture=Architecture.AMD64,
        platform_id=PlatformId.LINUX,
        processor_level=draw(U16),
        processor_revision=draw(U16),
        processor_count=draw(st.integers(1, 255)),
        product_type=draw(st.integers(0, 3)),
        major=draw(U32),
        minor=draw(U32),
        build=draw(U32),
        csd_version=draw(TEXT),
        cpu=draw(st.binary(min_size=24, max_size=24)),
        build_string=draw(TEXT),
        max_mhz=draw(st.integers(1, 10000)),
        current_mhz=draw(st.integers(1, 10000)),
        timezone=TimeZone(
            draw(st.integers(0, 2)), draw(st.integers(-900, 900)), "CET", "CEST", -60
        ),
        memory=SystemMemory(**{**_numbers(draw, SystemMemory, U32), "page_size": PAGE}),
    )


def _numbers(draw: st.DrawFn, kind: type, sizes: st.SearchStrategy[int]) -> dict[str, int]:
    return {field.name: draw(sizes) for field in fields(kind)}


@st.composite
def processes(draw: st.DrawFn) -> ProcessInfo:
    """What MiscInfo and the counters can hold: whole seconds."""
    numbers = _numbers(draw, VmCounters, U64) | {"page_faults": draw(U32), "swapped": 0}
    counters = VmCounters(**numbers)
    seconds = st.integers(0, 2**31).map(float)
    return ProcessInfo(
        pid=draw(st.integers(1, 2**22)),
        name="",
        path="",
        ppid=0,
        created=draw(MOMENTS),
        user_time=draw(seconds),
        kernel_time=draw(seconds),
        counters=counters,
    )


@st.composite
def handles(draw: st.DrawFn) -> Handle:
    """A file descriptor."""
    name = st.one_of(st.just(""), TEXT)
    return Handle(
        handle=draw(U64),
        type_name=draw(name),
        object_name=draw(name),
        attributes=draw(U32),
        granted_access=draw(U32),
        handle_count=draw(U32),
        pointer_count=draw(U32),
    )


@st.composite
def exceptions(draw: st.DrawFn, among: tuple[Thread, ...]) -> ExceptionRecord:
    """A signal in one of the threads."""
    return ExceptionRecord(
        thread_id=draw(st.sampled_from([thread.tid for thread in among])),
        code=draw(U32),
        address=draw(U64),
        registers=draw(amd64_registers()),
        flags=draw(U32),
        record=draw(U64),
        parameters=tuple(draw(st.lists(U64, max_size=15))),
    )


@st.composite
def unloaded(draw: st.DrawFn) -> UnloadedModule:
    """A module that was there earlier."""
    return UnloadedModule(draw(U64), draw(U32), draw(TEXT), draw(U32), draw(U32))


@st.composite
def loaders(draw: st.DrawFn) -> LoaderDebug:
    """A link map with at least one entry; its dynamic section has whole entries."""
    entries = st.builds(LinkMapEntry, U64, st.one_of(st.just(""), TEXT), U64)
    return LoaderDebug(
        version=draw(U32),
        map_address=0,
        breakpoint=draw(U64),
        loader_base=draw(U64),
        dynamic_address=draw(U64),
        dynamic=draw(st.binary(min_size=16, max_size=16)) * draw(st.integers(0, 3)),
        entries=tuple(draw(st.lists(entries, min_size=1, max_size=4))),
    )
