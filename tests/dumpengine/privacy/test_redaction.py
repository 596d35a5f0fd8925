"""redact(): environment and command line leave texts and memory."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId, ProcessorArchitecture
from dumpengine.privacy.redaction import ScrubbedMemory, redact
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Range, Snapshot, read_memory
from tests.support.fake_memory import FakeMemory
from tests.support.synth import Synth, amd64_context

T = MinidumpType
SECRET = b"PASSWORD=hunter2\0"


def stat(*places: int) -> bytes:
    """The text of /proc/PID/stat of a process whose name is meant to confuse."""
    fields = ["0"] * 49
    fields[45:49] = [str(place) for place in places]
    return b"42 (a ) b) " + " ".join(fields).encode() + b"\n"


def linux_snapshot(text: bytes) -> Snapshot:
    synth = Synth().system()
    synth.thread(1, amd64_context(Rip=1, Rsp=0x1000))
    synth.memory(0x7000, b"./program\0-x\0" + SECRET + b"behind")
    synth.stream(StreamType.LinuxProcStat, text)
    synth.stream(StreamType.LinuxCmdLine, b"./program\0-x\0")
    synth.stream(StreamType.LinuxEnviron, SECRET)
    synth.stream(StreamType.LinuxCpuInfo, b"kept")
    return read_dump(synth.build()).snapshot()


def test_linux_texts_and_their_places_in_memory_are_gone() -> None:
    found = redact(linux_snapshot(stat(0x7000, 0x700D, 0x700D, 0x701E)), T.Normal)
    assert set(found.snapshot.streams) == {StreamType.LinuxProcStat, StreamType.LinuxCpuInfo}
    assert read_memory(found.snapshot.memory, 0x7000, 99) == bytes(30) + b"behind"
    assert found.dump_type == T.FilterMemory
    assert found.scrubbed == (
        "LinuxCmdLine: its command line (13 bytes).",
        "LinuxEnviron: its environment (17 bytes).",
        "Environment and command line in the process's memory (30 bytes).",
        "Words on the stacks that are neither small numbers nor pointers to stack or code.",
    )
    assert found.left == ()


@pytest.mark.parametrize(
    "text", [b"", b"42 (x) S 1", stat(0, 0, 0, 0), stat(9, 5, 3, 1), b"1 (x) " + b"z " * 60]
)
def test_without_their_places_memory_is_left_as_it_is(text: bytes) -> None:
    snapshot = linux_snapshot(text)
    found = redact(snapshot, T.Normal)
    assert read_memory(found.snapshot.memory, 0x7000, 99) == read_memory(
        snapshot.memory, 0x7000, 99
    )
    assert not any("memory" in sentence for sentence in found.scrubbed)


def test_types_that_hold_copies_say_so() -> None:
    snapshot = linux_snapshot(b"")
    assert redact(snapshot, T.WithThreadInfo).left == ()
    for flag in (T.WithFullMemory, T.WithPrivateReadWriteMemory, T.WithDataSegs):
        assert "copies" in redact(snapshot, flag).left[0]


TEB, PEB, PARAMETERS = 0x10000, 0x20000, 0x30000
COMMAND = "program.exe /secret".encode("utf-16-le")
ENVIRONMENT = "PASSWORD=hunter2\0\0".encode("utf-16-le")


def windows_snapshot(*, wide: bool) -> Snapshot:
    """TEB -> PEB -> process parameters, each with only the fields that matter."""
    word, architecture = ("<Q", ProcessorArchitecture.AMD64)
    peb, parameters, line, environment, size = 0x60, 0x20, 0x70, 0x80, 0x3F0
    if not wide:
        word, architecture = "<I", ProcessorArchitecture.INTEL
        peb, parameters, line, environment, size = 0x30, 0x10, 0x40, 0x48, 0x290
    block = bytearray(0x400)
    struct.pack_into("<HH", block, line, len(COMMAND), len(COMMAND) + 2)
    struct.pack_into(word, block, line + struct.calcsize(word), 0x40000)
    struct.pack_into(word, block, environment, 0x50000)
    struct.pack_into(word, block, size, len(ENVIRONMENT))
    synth = Synth().system(architecture, PlatformId.WIN32_NT)
    synth.thread(1, Teb=TEB)
    synth.memory(TEB + peb, struct.pack(word, PEB))
    synth.memory(PEB + parameters, struct.pack(word, PARAMETERS))
    synth.memory(PARAMETERS, bytes(block))
    synth.memory(0x40000, COMMAND + b"after")
    synth.memory(0x50000, ENVIRONMENT + b"after")
    return read_dump(synth.build()).snapshot()


@pytest.mark.parametrize("wide", [True, False])
def test_windows_texts_are_found_through_the_peb(wide: bool) -> None:
    found = redact(windows_snapshot(wide=wide), T.Normal)
    memory = found.snapshot.memory
    assert read_memory(memory, 0x40000, 99) == bytes(len(COMMAND)) + b"after"
    assert read_memory(memory, 0x50000, 99) == bytes(len(ENVIRONMENT)) + b"after"
    assert any("in the process's memory" in sentence for sentence in found.scrubbed)


def test_windows_dumps_without_those_pages_are_left_as_they_are() -> None:
    whole = windows_snapshot(wide=True)
    for missing in (TEB, PEB, PARAMETERS):
        snapshot = replace(whole, memory=_without(whole, missing))
        found = redact(snapshot, T.Normal)
        assert not any("memory" in sentence for sentence in found.scrubbed)


def _without(snapshot: Snapshot, page: int) -> FakeMemory:
    pieces = {
        piece.start: read_memory(snapshot.memory, piece.start, piece.size)
        for piece in snapshot.memory.populated(0, 1 << 64)
        if not page <= piece.start < page + 0x1000
    }
    return FakeMemory(pieces)


def test_scrubbing_hits_exactly_its_ranges_however_one_reads() -> None:
    memory = ScrubbedMemory(FakeMemory({0: b"x" * 32}), [Range(4, 8), Range(16, 40)])
    expected = b"xxxx" + bytes(4) + b"x" * 8 + bytes(16)
    assert read_memory(memory, 0, 99) == expected
    for start in range(32):
        assert read_memory(memory, start, 3) == expected[start : start + 3]
    assert list(memory.populated(0, 99)) == [Range(0, 32)]
