"""check_dump: what is wrong, in words, and who trips over it."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.errors import DumpError
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR
from dumpengine.format.misc_info import MINIDUMP_MISC_INFO_5
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import MINIDUMP_SYSTEM_INFO, PlatformId
from dumpengine.read.check import CheckReport, check_bytes, check_dump
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
NOWHERE = MINIDUMP_LOCATION_DESCRIPTOR(64, 1 << 30)


def whole() -> Synth:
    return small_dump().stream(S.MiscInfoStream, MINIDUMP_MISC_INFO_5(Flags1=1).pack())


def checked(synth: Synth) -> CheckReport:
    return check_bytes(synth.build())


def refusing(report: CheckReport) -> set[str]:
    return {reader for reader, opens in report.readers.items() if not opens}


def test_a_whole_dump_has_nothing_to_find() -> None:
    report = checked(whole())
    assert report.ok
    assert report.findings == ()
    assert dict(report.readers) == dict.fromkeys(READERS, True)


def test_the_report_as_json() -> None:
    report = json.loads(json.dumps(checked(small_dump()).to_json()))
    assert report["ok"] is True
    assert report["readers"]["WinDbg"] is True
    (finding,) = report["findings"]
    assert finding["severity"] == "note"
    assert finding["where"] == "MiscInfoStream"
    assert finding["readers"] == ["LLDB"]


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"", "empty"), (b"MDMP", "only 4 bytes"), (bytes(64), "never finished"), (b"x" * 64, "no")],
)
def test_files_nobody_opens(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "bad.dmp"
    path.write_bytes(content)
    report = check_dump(path)
    assert not report.ok
    assert refusing(report) == set(READERS)
    assert cause in report.findings[0].what


def test_a_file_that_is_not_there_raises(tmp_path: Path) -> None:
    with pytest.raises(DumpError):
        check_dump(tmp_path / "none.dmp")


def test_a_descriptor_can_be_checked(tmp_path: Path) -> None:
    path = tmp_path / "a.dmp"
    path.write_bytes(whole().build())
    descriptor = os.open(path, os.O_RDWR)
    try:
        assert check_dump(descriptor).ok
    finally:
        os.close(descriptor)


def full() -> Synth:
    synth = whole().memory64(STACK & ~0xFFF, b"m" * 4096)
    synth.header = replace(synth.header, Flags=MinidumpType.WithFullMemory)
    return synth


def test_a_full_dump_is_whole() -> None:
    assert checked(full()).findings == ()


def test_a_full_dump_that_is_cut_off_says_how_much_is_missing() -> None:
    report = check_bytes(full().build()[:-100])
    assert not report.ok
    assert refusing(report) == set(READERS)
    assert "100 bytes are missing for 1 of 1 memory ranges" in report.findings[-1].what


def test_every_way_of_cutting_a_dump_off_is_an_error() -> None:
    data = full().build()
    reports = [check_bytes(data[:size]) for size in range(0, len(data), 7)]
    assert not any(report.ok for report in reports)


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


ALL = set(READERS)

ERRORS = [
    (no_threads, "ThreadListStream", ALL),
    (no_system, "SystemInfoStream", ALL),
    (lambda s: s.entry(0x12340000, 9, 1 << 30), "0x12340000", ALL),
    (outside_memory, "MemoryListStream", ALL),
    (thread_with(ThreadContext=NOWHERE), "ThreadListStream", {BREAKPAD, MINIDUMP, UDMP_PARSER}),
    (
        thread_with(Stack=MINIDUMP_MEMORY_DESCRIPTOR(STACK, NOWHERE)),
        "ThreadListStream",
        ALL,
    ),
    (module_with(ModuleNameRva=1 << 30), "ModuleListStream", {BREAKPAD}),
    (module_with(CvRecord=NOWHERE), "ModuleListStream", {BREAKPAD}),
    (version_name_outside, "System", set()),
    (lambda s: s.stream(S.HandleDataStream, b"?"), "Handles", set()),
    (lambda s: s.stream(S.DumpDeskCaptureNotes, b"?"), "Notes", set()),
    (lambda s: s.stream(S.ExceptionStream, bytes(9)), "ExceptionStream", {BREAKPAD}),
]

WARNINGS = [
    (no_modules, "ModuleListStream", {BREAKPAD}),
    (twice(0x12340000), "0x12340000", {LLDB, UDMP_PARSER}),
    (second_system, "SystemInfoStream", {LLDB, BREAKPAD, UDMP_PARSER}),
    (lambda s: s.stream(23, b"trace"), "Directory", {MINIDUMP}),
    (lambda s: s.stream(0x8001, b"ce"), "Directory", {MINIDUMP}),
    (thread_with(ThreadId=100), "ThreadListStream", {BREAKPAD}),
    (
        thread_with(ThreadContext=MINIDUMP_LOCATION_DESCRIPTOR(720, 32)),
        "ThreadListStream",
        {BREAKPAD, UDMP_PARSER},
    ),
    (
        thread_with(Stack=MINIDUMP_MEMORY_DESCRIPTOR(1, MINIDUMP_LOCATION_DESCRIPTOR(9, 0))),
        "ThreadListStream",
        ALL,
    ),
    (stacks_unlisted, "ThreadListStream", {LLDB, MINIDUMP}),
    (stacks_only_in_the_64_bit_list, "ThreadListStream", {BREAKPAD}),
    (named("/tmp/ünï.so"), "ModuleListStream", {UDMP_PARSER}),
    (named("/tmp/" + "x" * 2000), "ModuleListStream", {BREAKPAD}),
    (flags(MinidumpType.WithFullMemory), "Header", {WINDBG}),
    (flags(1 << 60), "Header", {UDMP_PARSER}),
    (memory64_outside_regions, "Memory64ListStream", {UDMP_PARSER}),
    (padded_64_bit_list, "Memory64ListStream", {WINDBG, RUST_MINIDUMP}),
    (stream_over_stream, "0x12340000", set()),
]

NOTES = [
    (lambda s: s.regions.clear(), "MemoryInfoListStream"),
    (flags(MinidumpType.WithHandleData), "Header"),
    (flags(MinidumpType.WithThreadInfo), "Header"),
    (thread_with(ThreadContext=MINIDUMP_LOCATION_DESCRIPTOR()), "ThreadListStream"),
    (thread_with(Stack=MINIDUMP_MEMORY_DESCRIPTOR()), "ThreadListStream"),
    (lambda s: s.thread(102, amd64_context(Rip=1, Rsp=5), b"x" * 8, 0x9000), "ThreadListStream"),
    (named("/tmp/gone (deleted)"), "ModuleListStream"),
    (lambda s: s.memory(0x9000, b""), "MemoryListStream"),
    (lambda s: s.memory(STACK + 8, b"abc"), "MemoryListStream"),
    (lambda s: s.region(STACK & ~0xFFF, 0x800), "MemoryInfoListStream"),
    (module_with(SizeOfImage=0), "ModuleListStream"),
    (module_with(BaseOfImage=CODE + 0x100), "ModuleListStream"),
]


def ids(case: object) -> str:
    return getattr(case, "__name__", "") if callable(case) else ""


@pytest.mark.parametrize(("change", "where", "readers"), ERRORS, ids=ids)
def test_errors(change: Callable[[Synth], object], where: str, readers: set[str]) -> None:
    synth = whole()
    change(synth)
    report = checked(synth)
    assert not report.ok
    assert where in {finding.where for finding in report.findings if finding.severity == "error"}
    assert refusing(report) == readers


@pytest.mark.parametrize(("change", "where", "readers"), WARNINGS, ids=ids)
def test_warnings(change: Callable[[Synth], object], where: str, readers: set[str]) -> None:
    synth = whole()
    change(synth)
    report = checked(synth)
    assert report.ok
    assert where in {finding.where for finding in report.findings if finding.severity == "warning"}
    assert refusing(report) == readers


@pytest.mark.parametrize(("change", "where"), NOTES, ids=ids)
def test_notes(change: Callable[[Synth], object], where: str) -> None:
    synth = whole()
    change(synth)
    report = checked(synth)
    assert report.ok
    assert where in {finding.where for finding in report.findings if finding.severity == "note"}
    assert refusing(report) == set()


def test_what_the_capture_skipped_is_said() -> None:
    notes = {"skipped": [{"where": "memory", "what": "gone", "skipped": 4096}], "warnings": ["W."]}
    report = checked(whole().stream(S.DumpDeskCaptureNotes, json.dumps(notes).encode()))
    assert [f.what for f in report.findings] == ["memory: gone (4096 bytes).", "W."]


def test_modules_over_each_other_stop_breakpad_on_windows_only() -> None:
    synth = Synth().system(platform=PlatformId.WIN32_NT)
    synth.thread(1, amd64_context(Rip=1, Rsp=STACK), b"x" * 8)
    synth.module(CODE, 0x2000, "a").module(CODE + 0x1000, 0x2000, "b")
    assert BREAKPAD in refusing(checked(synth))


def test_more_threads_and_modules_than_breakpad_takes() -> None:
    synth = whole()
    for number in range(4097):
        synth.thread(1000 + number)
    assert BREAKPAD in refusing(checked(synth))
    synth = whole()
    for number in range(2049):
        synth.module(0x10000000 + 0x1000 * number, 0x1000, f"m{number}")
    assert BREAKPAD in refusing(checked(synth))


def test_long_lists_of_threads_are_named_in_few_words() -> None:
    synth = whole()
    for number in range(300):
        synth.thread(1000 + number)
    note = next(f for f in checked(synth).findings if "no registers" in f.what)
    assert note.what.endswith("1000, 1001, 1002, 1003, 1004 and 295 more.")
