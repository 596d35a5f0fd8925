"""ProcessVmCountersStream and SystemMemoryInfoStream."""

from __future__ import annotations

import struct
from dataclasses import replace

from dumpengine.format.counters import (
    MINIDUMP_PROCESS_VM_COUNTERS_2,
    MINIDUMP_SYSTEM_BASIC_INFORMATION,
    MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION,
    MINIDUMP_SYSTEM_FILECACHE_INFORMATION,
    MINIDUMP_SYSTEM_MEMORY_INFO_1,
    MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Absent, Snapshot, SystemMemory, VmCounters
from tests.support.synth import Synth


def snapshot_with(kind: StreamType, body: bytes) -> Snapshot:
    return read_dump(Synth().system().stream(kind, body).build()).snapshot()


COUNTERS = MINIDUMP_PROCESS_VM_COUNTERS_2(
    Flags=15, PageFaultCount=1, PeakWorkingSetSize=2, WorkingSetSize=3, PagefileUsage=99,
    PeakVirtualSize=4, VirtualSize=5, PrivateUsage=6, PrivateWorkingSetSize=7, SharedCommitUsage=8,
)  # fmt: skip


def counters_of(body: bytes) -> VmCounters | Absent:
    return snapshot_with(StreamType.ProcessVmCountersStream, body).process.counters


def test_the_second_revision() -> None:
    assert counters_of(COUNTERS.pack()) == VmCounters(
        page_faults=1,
        peak_working_set=2,
        working_set=3,
        peak_virtual=4,
        virtual=5,
        private=6,
        private_working_set=7,
        shared=8,
    )


def test_what_no_flag_vouches_for_is_not_believed() -> None:
    assert counters_of(replace(COUNTERS, Flags=1).pack()) == VmCounters(
        page_faults=1, peak_working_set=2, working_set=3
    )


def test_the_first_revision() -> None:
    body = struct.pack("<HHI9Q", 1, 0, 1, 2, 3, 0, 0, 0, 0, 98, 99, 6)
    assert counters_of(body) == VmCounters(
        page_faults=1, peak_working_set=2, working_set=3, private=6
    )


def test_a_short_stream_is_absent_and_a_problem() -> None:
    snapshot = snapshot_with(StreamType.ProcessVmCountersStream, bytes(79))
    assert isinstance(snapshot.process.counters, Absent)
    assert snapshot.problems[0].where == "ProcessVmCountersStream"


def test_the_systems_memory() -> None:
    info = MINIDUMP_SYSTEM_MEMORY_INFO_1(
        BasicInfo=MINIDUMP_SYSTEM_BASIC_INFORMATION(PageSize=4096, NumberOfPhysicalPages=1000),
        FileCacheInfo=MINIDUMP_SYSTEM_FILECACHE_INFORMATION(CurrentSize=40960),
        BasicPerfInfo=MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION(500, 600, 700),
        PerfInfo=MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION(
            IoReadTransferCount=8, IoWriteTransferCount=9, CcTotalDirtyPages=11
        ),
    )
    system = snapshot_with(StreamType.SystemMemoryInfoStream, info.pack()).system
    assert system.memory == SystemMemory(
        page_size=4096,
        physical=1000,
        available=500,
        committed=600,
        commit_limit=700,
        cached=10,
        dirty=11,
        read_bytes=8,
        write_bytes=9,
    )


def test_a_page_size_of_zero_divides_nothing() -> None:
    body = MINIDUMP_SYSTEM_MEMORY_INFO_1().pack()
    memory = snapshot_with(StreamType.SystemMemoryInfoStream, body).system.memory
    assert memory == SystemMemory(page_size=0)


def test_a_short_system_stream_is_absent_and_a_problem() -> None:
    snapshot = snapshot_with(StreamType.SystemMemoryInfoStream, bytes(491))
    assert isinstance(snapshot.system.memory, Absent)
    assert snapshot.problems[0].where == "SystemMemoryInfoStream"
