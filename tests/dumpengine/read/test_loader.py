"""LinuxDsoDebug in the layouts of its writers."""

from __future__ import annotations

import pytest

from dumpengine.format.extensions import PackedRawDebug64, PackedRawLinkMap64
from dumpengine.format.layout import Struct
from dumpengine.format.linux import MDRawDebug32, MDRawDebug64, MDRawLinkMap32, MDRawLinkMap64
from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import ProcessorArchitecture
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Absent, LinkMapEntry, LoaderDebug, Snapshot
from tests.support.synth import Synth

DYNAMIC = bytes(range(48))


def snapshot_with(
    head: type[Struct], entry: type[Struct], architecture: int = ProcessorArchitecture.AMD64
) -> Snapshot:
    synth = Synth().system(architecture)
    empty, libc = synth.text(""), synth.text("/lib/libc.so.6")
    entries = synth.put(
        entry(addr=0x1000, name=empty, ld=0x1100).pack()  # type: ignore[call-arg]
        + entry(addr=0x2000, name=libc, ld=0x2200).pack()  # type: ignore[call-arg]
    )
    stream = head(version=1, map=entries, dso_count=2, brk=0xB, ldbase=0xC, dynamic=0xD)  # type: ignore[call-arg]
    synth.stream(StreamType.LinuxDsoDebug, stream.pack() + DYNAMIC)
    return read_dump(synth.build()).snapshot()


EXPECTED = LoaderDebug(
    version=1, map_address=0, breakpoint=0xB, loader_base=0xC, dynamic_address=0xD, dynamic=DYNAMIC,
    entries=(LinkMapEntry(0x1000, "", 0x1100), LinkMapEntry(0x2000, "/lib/libc.so.6", 0x2200)),
)  # fmt: skip


def test_breakpads_padded_layout() -> None:
    assert snapshot_with(MDRawDebug64, MDRawLinkMap64).loader == EXPECTED


def test_minidump_writers_packed_layout() -> None:
    assert snapshot_with(PackedRawDebug64, PackedRawLinkMap64).loader == EXPECTED


def test_the_32_bit_layout() -> None:
    snapshot = snapshot_with(MDRawDebug32, MDRawLinkMap32, ProcessorArchitecture.INTEL)
    assert snapshot.loader == EXPECTED


@pytest.mark.parametrize("body", [None, b""])
def test_no_list(body: bytes | None) -> None:
    synth = Synth().system()
    if body is not None:
        synth.stream(StreamType.LinuxDsoDebug, body)
    snapshot = read_dump(synth.build()).snapshot()
    assert snapshot.loader == Absent("not asked for")
    assert snapshot.problems == ()


@pytest.mark.parametrize(
    "head",
    [
        bytes(39),
        MDRawDebug64(map=1 << 30, dso_count=1).pack(),
        MDRawDebug64(dso_count=2**32 - 1).pack(),
    ],
)
def test_broken_lists_are_problems(head: bytes) -> None:
    snapshot = read_dump(Synth().system().stream(StreamType.LinuxDsoDebug, head).build()).snapshot()
    assert isinstance(snapshot.loader, Absent)
    assert snapshot.problems[0].where == "LinuxDsoDebug"


def test_a_name_outside_the_file_is_empty_and_noted() -> None:
    synth = Synth().system()
    entries = synth.put(MDRawLinkMap64(addr=1, name=1 << 30, ld=2).pack())
    head = MDRawDebug64(version=1, map=entries, dso_count=1)
    synth.stream(StreamType.LinuxDsoDebug, head.pack())
    snapshot = read_dump(synth.build()).snapshot()
    assert isinstance(snapshot.loader, LoaderDebug)
    assert snapshot.loader.entries == (LinkMapEntry(1, "", 2),)
    assert snapshot.problems[0].where == "LinuxDsoDebug"
