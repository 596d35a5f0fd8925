"""Dumps with one thing wrong, by what the checker should say about them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from dumpengine.dump_types import MinidumpType
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR
from dumpengine.format.misc_info import MINIDUMP_MISC_INFO_5
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import MINIDUMP_SYSTEM_INFO, PlatformId
from dumpengine.format.threads import MINIDUMP_THREAD
from dumpengine.read.findings import (
    BREAKPAD,
    LLDB,
    MINIDUMP,
    READERS,
    RUST_MINIDUMP,
    UDMP_PARSER,
    WINDBG,
)
from tests.support.synth import CODE, STACK, Synth, amd64_context, small_dump

S = StreamType
Change = Callable[[Synth], object]
NOWHERE = MINIDUMP_LOCATION_DESCRIPTOR(64, 1 << 30)


@dataclass(frozen=True)
class Case:
    """What is changed in a whole dump, how bad that is, where, and for whom it is the end."""

    name: str
    change: Change
    severity: str
    where: str
    refuses: frozenset[str]

    def build(self) -> bytes:
        """Return the broken dump."""
        synth = whole()
        self.change(synth)
        return synth.build()


def whole() -> Synth:
    """A dump with nothing to find."""
    return small_dump().stream(S.MiscInfoStream, MINIDUMP_MISC_INFO_5(Flags1=1).pack())


def no_threads(synth: Synth) -> None:
    synth.threads.clear()


def no_modules(synth: Synth) -> None:
    synth.modules.clear()


def no_system(synth: Synth) -> None:
    synth.entries = [e for e in synth.entries if e.StreamType != S.SystemInfoStream]


def twice(kind: int) -> Callable[[Synth], None]:
    def change(synth: Synth) -> None:
        synth.stream(kind, b"one").stream(kind, b"two")

    return change


def second_system(synth: Synth) -> None:
    synth.system()


def thread_with(**fields: object) -> Callable[[Synth], None]:
    def change(synth: Synth) -> None:
        synth.threads[1] = replace(synth.threads[1], **fields)  # type: ignore[type-var]

    return change


def module_with(**fields: object) -> Callable[[Synth], None]:
    def change(synth: Synth) -> None:
        synth.modules[1] = replace(synth.modules[1], **fields)  # type: ignore[type-var]

    return change


def named(path: str) -> Callable[[Synth], None]:
    def change(synth: Synth) -> None:
        synth.module(0x10000, 0x1000, path)

    return change


def stacks_unlisted(synth: Synth) -> None:
    synth.ranges.clear()
    synth.memory(0x1000, b"other")


def stacks_only_in_the_64_bit_list(synth: Synth) -> None:
    synth.ranges.clear()
    for number, thread in enumerate(synth.threads):
        start = STACK + number * 0x10000
        where = MINIDUMP_MEMORY_DESCRIPTOR(start, MINIDUMP_LOCATION_DESCRIPTOR(256, 0))
        synth.threads[number] = replace(thread, Stack=where)  # type: ignore[type-var]
        synth.memory64(start, bytes(256))
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)


def flags(value: int) -> Callable[[Synth], None]:
    def change(synth: Synth) -> None:
        synth.header = replace(synth.header, Flags=value)

    return change


def memory64_outside_regions(synth: Synth) -> None:
    synth.memory64(0x5000, b"x")
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)


def padded_64_bit_list(synth: Synth) -> None:
    body = struct.pack("<QQQQ", 1, 32, STACK & ~0xFFF, 16)
    synth.stream(S.Memory64ListStream, body + bytes(16))
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)


def outside_memory(synth: Synth) -> None:
    synth.ranges.append(MINIDUMP_MEMORY_DESCRIPTOR(0x9000, NOWHERE))


def version_name_outside(synth: Synth) -> None:
    at = synth.entries[0].Location.Rva + MINIDUMP_SYSTEM_INFO.OFFSETS["CSDVersionRva"]
    synth.blob[at : at + 4] = (1 << 30).to_bytes(4, "little")


def stream_over_stream(synth: Synth) -> None:
    first = synth.entries[0].Location
    synth.entry(0x12340000, first.DataSize, first.Rva + 8)


def all_threads_with(**fields: object) -> Change:
    def change(synth: Synth) -> None:
        synth.threads = [replace(t, **fields) for t in synth.threads]  # type: ignore[type-var]

    return change


def short_contexts(count: int) -> Change:
    """Cut the contexts of so many threads as LLDB does: behind the debug registers."""

    def change(synth: Synth) -> None:
        for number in range(count):
            thread = synth.threads[number]
            assert isinstance(thread, MINIDUMP_THREAD)
            synth.threads[number] = replace(
                thread, ThreadContext=replace(thread.ThreadContext, DataSize=720)
            )

    return change


def no_stacks(synth: Synth) -> None:
    synth.ranges.clear()
    all_threads_with(Stack=MINIDUMP_MEMORY_DESCRIPTOR())(synth)


def padded(kind: StreamType, items: str) -> Change:
    """The list of that type with bytes behind its entries that its count does not explain."""

    def change(synth: Synth) -> None:
        entries = getattr(synth, items)
        body = struct.pack("<I", len(entries)) + b"".join(entry.pack() for entry in entries)
        entries.clear()
        synth.stream(kind, body + bytes(20))

    return change


def many_streams(synth: Synth) -> None:
    for number in range(130):
        synth.stream(0x12340000 + number, b"x")


def overlapping_on_windows(synth: Synth) -> None:
    synth.entries.clear()
    synth.system(platform=PlatformId.WIN32_NT)
    synth.module(CODE + 0x100, 0x2000, "b")


def memory64_without_regions(synth: Synth) -> None:
    synth.regions.clear()
    synth.memory64(STACK, bytes(256))
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)


def two_exceptions(synth: Synth) -> None:
    synth.stream(S.ExceptionStream, bytes(168)).stream(S.ExceptionStream, bytes(168))


def _case(name: str, change: Change, severity: str, where: str, *refuses: str) -> Case:
    return Case(name, change, severity, where, frozenset(refuses))


_NO_CONTEXT = MINIDUMP_LOCATION_DESCRIPTOR()
_LOST = MINIDUMP_MEMORY_DESCRIPTOR(1, MINIDUMP_LOCATION_DESCRIPTOR(9, 0))
_OWN, _T, _M = "0x12340000", "ThreadListStream", "ModuleListStream"
_SYSTEM, _REGIONS, _LONG = "SystemInfoStream", "MemoryInfoListStream", "Memory64ListStream"
_EXCEPTION, _HANDLES, _D = "ExceptionStream", "HandleDataStream", "Directory"


CASES: tuple[Case, ...] = (
    _case("no threads", no_threads, "error", _T, *READERS),
    _case("no system", no_system, "error", _SYSTEM, WINDBG, LLDB, RUST_MINIDUMP, MINIDUMP),
    _case("own stream outside", lambda s: s.entry(0x12340000, 9, 1 << 30), "error", _OWN, LLDB),
    _case(
        "known stream outside",
        lambda s: s.entry(S.HandleDataStream, 9, 1 << 30),
        "error",
        _HANDLES,
        LLDB,
    ),
    _case(
        "memory outside", outside_memory, "error", "MemoryListStream", LLDB, RUST_MINIDUMP, WINDBG
    ),
    _case("context outside", thread_with(ThreadContext=NOWHERE), "error", _T, UDMP_PARSER),
    _case(
        "contexts outside",
        all_threads_with(ThreadContext=NOWHERE),
        "error",
        _T,
        UDMP_PARSER,
        BREAKPAD,
        LLDB,
    ),
    _case(
        "stack outside", thread_with(Stack=MINIDUMP_MEMORY_DESCRIPTOR(STACK, NOWHERE)), "error", _T
    ),
    _case(
        "module name outside",
        module_with(ModuleNameRva=1 << 30),
        "error",
        _M,
        BREAKPAD,
        LLDB,
        UDMP_PARSER,
    ),
    _case(
        "module record outside",
        module_with(CvRecord=NOWHERE),
        "error",
        _M,
        BREAKPAD,
        LLDB,
        UDMP_PARSER,
    ),
    _case("version name outside", version_name_outside, "error", _SYSTEM, BREAKPAD),
    _case("broken handles", lambda s: s.stream(S.HandleDataStream, b"?"), "error", "Handles"),
    _case("broken notes", lambda s: s.stream(S.DumpDeskCaptureNotes, b"?"), "error", "Notes"),
    _case(
        "short exception",
        lambda s: s.stream(S.ExceptionStream, bytes(9)),
        "error",
        _EXCEPTION,
        UDMP_PARSER,
    ),
    _case("no modules", no_modules, "warning", _M, BREAKPAD, MINIDUMP),
    _case("own stream twice", twice(0x12340000), "warning", _OWN, LLDB, UDMP_PARSER),
    _case("system twice", second_system, "warning", _SYSTEM, LLDB, BREAKPAD, UDMP_PARSER),
    _case("two exceptions", two_exceptions, "warning", _EXCEPTION, LLDB, BREAKPAD, UDMP_PARSER),
    _case("processor trace", lambda s: s.stream(23, b"trace"), "warning", _D, MINIDUMP),
    _case("Windows CE stream", lambda s: s.stream(0x8001, b"ce"), "warning", _D, MINIDUMP),
    _case("130 streams", many_streams, "warning", _D, BREAKPAD),
    _case("thread id twice", thread_with(ThreadId=100), "warning", _T, BREAKPAD),
    _case("short context", short_contexts(1), "warning", _T, UDMP_PARSER),
    _case(
        "short contexts",
        short_contexts(2),
        "warning",
        _T,
        UDMP_PARSER,
        BREAKPAD,
    ),
    _case("no context", thread_with(ThreadContext=_NO_CONTEXT), "warning", _T, UDMP_PARSER),
    _case("lost stack", thread_with(Stack=_LOST), "warning", _T),
    _case("no stacks", no_stacks, "warning", _T, BREAKPAD, LLDB, MINIDUMP),
    _case("stacks in no list", stacks_unlisted, "warning", _T, LLDB, MINIDUMP),
    _case(
        "stacks in the 64-bit list only", stacks_only_in_the_64_bit_list, "warning", _T, BREAKPAD
    ),
    _case(
        "padded thread list", padded(S.ThreadListStream, "threads"), "warning", _T, BREAKPAD, LLDB
    ),
    _case("padded module list", padded(S.ModuleListStream, "modules"), "warning", _M, BREAKPAD),
    _case("foreign name", named("/tmp/ünï.so"), "warning", _M, UDMP_PARSER),
    _case("long name", named("/tmp/" + "x" * 2000), "warning", _M, BREAKPAD),
    _case("empty module", module_with(SizeOfImage=0), "warning", _M, BREAKPAD),
    _case("overlapping modules on Windows", overlapping_on_windows, "warning", _M, BREAKPAD),
    _case(
        "full memory promised",
        flags(MinidumpType.WithFullMemory),
        "warning",
        "Header",
        WINDBG,
    ),
    _case("unknown flags", flags(1 << 60), "warning", "Header", UDMP_PARSER),
    _case(
        "64-bit range outside regions",
        memory64_outside_regions,
        "warning",
        _LONG,
        UDMP_PARSER,
        MINIDUMP,
    ),
    _case(
        "64-bit list without regions",
        memory64_without_regions,
        "warning",
        _REGIONS,
        UDMP_PARSER,
    ),
    _case(
        "padded 64-bit list",
        padded_64_bit_list,
        "warning",
        _LONG,
        WINDBG,
        RUST_MINIDUMP,
    ),
    _case(
        "region twice",
        lambda s: s.region(STACK & ~0xFFF, 0x800),
        "warning",
        _REGIONS,
        UDMP_PARSER,
    ),
    _case("stream over stream", stream_over_stream, "warning", _OWN),
    _case("no regions", lambda s: s.regions.clear(), "note", _REGIONS),
    _case("handles promised", flags(MinidumpType.WithHandleData), "note", "Header"),
    _case("times promised", flags(MinidumpType.WithThreadInfo), "note", "Header"),
    _case("no stack", thread_with(Stack=MINIDUMP_MEMORY_DESCRIPTOR()), "note", _T),
    _case(
        "stack pointer elsewhere",
        lambda s: s.thread(102, amd64_context(Rip=1, Rsp=5), b"x" * 8, 0x9000),
        "note",
        _T,
    ),
    _case("deleted module", named("/tmp/gone (deleted)"), "note", _M),
    _case(
        "large record", lambda s: s.module(0x10000, 0x1000, "x", b"RSDS" + bytes(40000)), "note", _M
    ),
    _case("overlapping modules on Linux", module_with(BaseOfImage=CODE + 0x100), "note", _M),
    _case("empty range", lambda s: s.memory(0x9000, b""), "note", "MemoryListStream"),
    _case(
        "overlapping ranges",
        lambda s: s.memory(STACK + 8, b"abc"),
        "note",
        "MemoryListStream",
    ),
    _case(
        "overlapping regions",
        lambda s: s.region((STACK & ~0xFFF) + 0x100, 0x10),
        "note",
        _REGIONS,
    ),
)
