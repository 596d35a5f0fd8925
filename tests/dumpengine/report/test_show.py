"""describe() and render(): the page, the details, the JSON."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import replace

import pytest
from rich.console import Console

from dumpengine.dump_types import MinidumpType
from dumpengine.format.exception import MINIDUMP_EXCEPTION, MINIDUMP_EXCEPTION_STREAM
from dumpengine.format.extensions import MDRawAssertionInfo
from dumpengine.format.handles import MINIDUMP_HANDLE_DATA_STREAM, MINIDUMP_HANDLE_DESCRIPTOR
from dumpengine.format.misc_info import MINIDUMP_MISC_INFO_5
from dumpengine.format.modules import VS_FFI_SIGNATURE, VS_FIXEDFILEINFO
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId
from dumpengine.read.dump import read_dump
from dumpengine.report import DumpDescription, describe
from dumpengine.report.render import DETAILS, render
from tests.support.samples import sample
from tests.support.synth import CODE, STACK, Synth, amd64_context, small_dump


def described(synth: Synth) -> DumpDescription:
    return describe(read_dump(synth.build()))


def page(synth: Synth, *details: str) -> str:
    out = io.StringIO()
    render(described(synth), Console(file=out, width=120), details)
    return out.getvalue()


def crashed(code: int, address: int = CODE + 0x1064, *parameters: int) -> MINIDUMP_EXCEPTION_STREAM:
    information = parameters + (0,) * (15 - len(parameters))
    record = MINIDUMP_EXCEPTION(code, 0, 0, address, len(parameters), 0, information)
    return MINIDUMP_EXCEPTION_STREAM(100, 0, record)


def busy() -> Synth:
    synth = small_dump()
    synth.header = replace(synth.header, Flags=MinidumpType.WithHandleData)
    misc = MINIDUMP_MISC_INFO_5(Flags1=3, ProcessId=4711, ProcessCreateTime=1_699_999_000)
    synth.stream(StreamType.MiscInfoStream, misc.pack())
    synth.stream(StreamType.LinuxCmdLine, b"/usr/bin/program\0--serve\0")
    synth.stream(StreamType.CommentStreamA, b"seen twice today\0")
    kind, name = synth.text("File"), synth.text("/var/log/x")
    handle = MINIDUMP_HANDLE_DESCRIPTOR(3, kind, name).pack()
    head = MINIDUMP_HANDLE_DATA_STREAM(NumberOfDescriptors=1).pack()
    return synth.stream(StreamType.HandleDataStream, head + handle)


def test_the_page_answers_a_testers_questions() -> None:
    text = page(busy())
    for line in (
        "program, process 4711",
        "/usr/bin/program --serve",
        "Linux 6.1.0 x86_64",
        "Nothing crashed",
        "Threads     2, 2 with names",
        "512 bytes in 2 ranges",
        "seen twice today",
        "WithHandleData",
        "Memory other than stacks",
        "Thread times.",
    ):
        assert line in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("threads", ["worker", "program+0x1064", "256 bytes"]),
        ("modules", ["0x400000", "/usr/lib/libc.so.6", "030201000504070608090A0B0C0D0E0F0"]),
        ("memory", ["0x7FFC00000000", "rw-", "private"]),
        ("handles", ["File", "/var/log/x"]),
        ("streams", ["ThreadListStream", "SystemInfoStream"]),
    ],
)
def test_details(detail: str, expected: list[str]) -> None:
    assert set(DETAILS) == {"threads", "modules", "memory", "handles", "streams"}
    short, long = page(busy()), page(busy(), detail)
    assert len(long) > len(short)
    for text in expected:
        assert text in long


def test_json_has_it_all_and_addresses_in_hex() -> None:
    found = json.loads(json.dumps(described(busy()).to_json()))
    assert found["process"]["pid"] == 4711
    assert found["process"]["command_line"] == ["/usr/bin/program", "--serve"]
    assert found["header"]["flags"] == "0x4"
    assert found["header"]["flag_names"] == ["WithHandleData"]
    thread = found["threads"][0]
    assert thread["registers"]["rip"] == "0x401064"
    assert thread["place"] == {"address": "0x401064", "module": "program", "offset": "0x1064"}
    assert thread["stack_start"] == "0x7ffc00000000"
    assert thread["stack_held"] == 256
    assert found["modules"][0]["identifier"] == bytes(range(20)).hex()
    assert found["ranges"][0] == {"start": "0x7ffc00000000", "size": 256}
    assert found["regions"][0]["held"] == 256
    assert found["handles"][0]["name"] == "/var/log/x"
    assert {"type": 7, "name": "SystemInfoStream"}.items() <= found["streams"][0].items()
    assert found["stop"] is None


def test_memory_that_a_module_lies_in_bears_its_name() -> None:
    """A list of memory from Windows has no names of its own."""
    found = describe(read_dump(sample("dbgcore-mini")))
    images = {region.name for region in found.regions if region.kind == "image"}
    assert images == {module.path for module in found.modules}
    assert {region.name for region in found.regions if region.kind != "image"} == {""}


@pytest.mark.parametrize(
    ("platform", "stream", "sentence"),
    [
        (
            PlatformId.LINUX,
            crashed(11, 0x10),
            "Thread 100 (main) stopped with SIGSEGV at address 0x10.",
        ),
        (
            PlatformId.LINUX,
            crashed(6),
            "Thread 100 (main) stopped with SIGABRT in program+0x1064.",
        ),
        (
            PlatformId.WIN32_NT,
            crashed(0xC0000005, CODE + 0x1064, 1, 0xDEAD),
            "Thread 100 (main) stopped with ACCESS_VIOLATION writing address 0xDEAD "
            "in program+0x1064.",
        ),
        (
            PlatformId.WIN32_NT,
            crashed(0xE0001234, 0x10),
            "Thread 100 (main) stopped with 0xE0001234.",
        ),
        (
            PlatformId.LINUX,
            crashed(0xFFFFFFFF),
            "Nothing crashed: the dump was requested, and thread 100 (main) is the one meant.",
        ),
    ],
)
def test_why_it_stopped(
    platform: PlatformId, stream: MINIDUMP_EXCEPTION_STREAM, sentence: str
) -> None:
    synth = Synth().system(platform=platform)
    synth.thread(100, amd64_context(Rip=CODE), b"x" * 16, name="main")
    synth.module(CODE, 0x10000, "/usr/bin/program")
    synth.stream(StreamType.ExceptionStream, stream.pack())
    stop = described(synth).stop
    assert stop is not None
    assert stop.sentence == sentence


def test_names_cannot_command_the_terminal() -> None:
    synth = Synth().system()
    synth.thread(1, amd64_context(Rip=1), name="\x1b]0;owned\x07")
    synth.module(CODE, 1, "/tmp/[red]\x1b[31mx")
    text = page(synth, *DETAILS)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]" in text


def test_what_is_missing_is_said() -> None:
    missing = described(Synth()).missing
    assert "Memory of any kind." in missing
    assert "Threads." in missing
    synth = small_dump().memory64(0x1000, b"x")
    synth.thread(9)
    missing = described(synth).missing
    assert "The registers of 1 of 3 threads." in missing
    assert "The stacks of 1 of 3 threads." in missing
    assert not any("Memory" in sentence for sentence in missing)


def test_broken_parts_become_remarks() -> None:
    synth = small_dump().entry(StreamType.HandleDataStream, 9, 1 << 30)
    synth.stream(StreamType.DumpDeskCaptureNotes, b'{"warnings": ["Mind the gap."]}')
    found = described(synth)
    assert {remark.where for remark in found.remarks} == {"HandleDataStream", "Capture"}
    assert "Mind the gap." in page(synth)


def test_only_so_many_remarks_are_shown() -> None:
    synth = Synth().system()
    for number in range(15):
        synth.module(number << 20, 1, "x", ModuleNameRva=(1 << 30) + number)
    assert "and 5 more" in page(synth)


def test_versions_are_four_numbers() -> None:
    version = VS_FIXEDFILEINFO(VS_FFI_SIGNATURE, 0x10000, 0x000A0000, 0x55F00001)
    synth = Synth().system().module(CODE, 1, "kernel32.dll", VersionInfo=version)
    assert described(synth).modules[0].version == "10.0.22000.1"


@pytest.mark.parametrize(
    ("build", "product", "name"),
    [
        (22631, 1, "Windows 11 (10.0.22631)"),
        (19045, 1, "Windows 10 (10.0.19045)"),
        (20348, 3, "Windows Server (10.0.20348)"),
    ],
)
def test_windows_by_name(build: int, product: int, name: str) -> None:
    synth = Synth().system(
        platform=PlatformId.WIN32_NT, csd="", MajorVersion=10, BuildNumber=build,
        ProductType=product,
    )  # fmt: skip
    assert described(synth).system.name == name


def test_linux_by_name() -> None:
    synth = Synth().system().stream(StreamType.LinuxLsbRelease, b'PRETTY_NAME="Debian 12"')
    assert described(synth).system.name == "Debian 12 (Linux 6.1.0 x86_64)"


def test_a_time_beyond_all_calendars_is_unknown() -> None:
    head = struct.pack("<III", 12, 64, 1)
    info = struct.pack("<4I6Q", 100, 0, 0, 0, 2**64 - 1, 0, 2**64 - 1, 0, 0, 0)
    synth = small_dump().stream(StreamType.ThreadInfoListStream, head + info)
    assert "Thread" in page(synth, "threads")
    assert described(synth).threads[0].stack_start == STACK


def test_a_crash_report_of_crashpad() -> None:
    found = describe(read_dump(sample("crashpad-segv")))
    assert found.stop is not None
    assert found.stop.sentence.endswith("stopped with SIGSEGV at address 0x1234 in crasher+0x136e.")
    assert found.stop.address == 0x1234
    assert found.report is not None
    assert [(note.key, note.value) for note in found.report.annotations] == [("version", "1.0")]
    out = io.StringIO()
    render(found, Console(file=out, width=120))
    assert "version: 1.0" in out.getvalue()


def test_a_failed_assertion() -> None:
    texts = [text.encode("utf-16-le") for text in ("x > 0", "f()", "a.c")]
    body = MDRawAssertionInfo(*texts, line=12).pack()
    assert "x > 0 in f() (a.c:12)" in page(
        small_dump().stream(StreamType.AssertionInfoStream, body)
    )
