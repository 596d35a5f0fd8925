"""Regions, from MemoryInfoList, from LinuxMaps, from both."""

from __future__ import annotations

import struct

from dumpengine.format.memory import MINIDUMP_MEMORY_INFO, MINIDUMP_MEMORY_INFO_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import MemoryState, MemoryType, PageProtection, Region, Snapshot
from tests.support.synth import Synth

MAPS = b"""\
00400000-00402000 r-xp 00001000 08:01 1234                       /usr/bin/pro gram
00600000-00700000 rw-p 00000000 00:00 0                          [heap]
"""


def snapshot_of(synth: Synth) -> Snapshot:
    return read_dump(synth.build()).snapshot()


def test_a_region_is_what_virtual_query_said() -> None:
    synth = Synth().system()
    synth.regions += [
        MINIDUMP_MEMORY_INFO(0, 0, 0, 0, 0x1000, MemoryState.FREE, PageProtection.NOACCESS, 0),
        MINIDUMP_MEMORY_INFO(
            0x1000, 0x1000, PageProtection.EXECUTE_WRITECOPY, 0, 0x2000, MemoryState.COMMIT,
            PageProtection.READONLY | PageProtection.GUARD, MemoryType.IMAGE,
        ),
    ]  # fmt: skip
    free, image = snapshot_of(synth).regions
    assert (free.start, free.end, free.state, free.type) == (
        0,
        0x1000,
        MemoryState.FREE,
        MemoryType.NONE,
    )
    assert image == Region(
        start=0x1000,
        end=0x3000,
        protect=0x102,
        type=MemoryType.IMAGE,
        state=MemoryState.COMMIT,
        allocation_base=0x1000,
        allocation_protect=0x80,
    )
    assert not image.readable


def test_unknown_states_and_types_are_taken_as_nothing() -> None:
    synth = Synth().system()
    synth.regions.append(MINIDUMP_MEMORY_INFO(0, 0, 0, 0, 0x1000, 0x77, 4, 0x77))
    (region,) = snapshot_of(synth).regions
    assert (region.state, region.type) == (MemoryState.FREE, MemoryType.NONE)


def test_names_and_offsets_come_from_linux_maps() -> None:
    synth = Synth().system().stream(StreamType.LinuxMaps, MAPS)
    synth.region(0x400000, 0x1000).region(0x401000, 0x1000).region(0x600000, 0x100000)
    synth.region(0x800000, 0x1000)
    regions = snapshot_of(synth).regions
    assert [(r.name, r.offset) for r in regions] == [
        ("/usr/bin/pro gram", 0x1000),
        ("/usr/bin/pro gram", 0x2000),
        ("[heap]", 0),
        ("", 0),
    ]


def test_linux_maps_alone_are_the_regions() -> None:
    code, heap = snapshot_of(Synth().system().stream(StreamType.LinuxMaps, MAPS)).regions
    assert (code.start, code.end, code.protect) == (0x400000, 0x402000, PageProtection.EXECUTE_READ)
    assert (code.type, heap.type) == (MemoryType.MAPPED, MemoryType.PRIVATE)
    assert heap.name == "[heap]"
    assert heap.readable


def test_without_either_there_are_no_regions() -> None:
    assert snapshot_of(Synth().system()).regions == ()


def test_a_list_that_promises_too_much_is_empty_and_a_problem() -> None:
    for count in (2, 1 << 40):
        head = MINIDUMP_MEMORY_INFO_LIST(NumberOfEntries=count).pack()
        synth = Synth().system().stream(StreamType.MemoryInfoListStream, head + bytes(48))
        snapshot = snapshot_of(synth)
        assert snapshot.regions == ()
        assert snapshot.problems[0].where == "MemoryInfoListStream"


def test_a_list_shorter_than_its_head() -> None:
    synth = Synth().system().stream(StreamType.MemoryInfoListStream, struct.pack("<II", 16, 48))
    assert "too short" in snapshot_of(synth).problems[0].what
