"""ProcessVmCountersStream and SystemMemoryInfoStream.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ne-minidumpapiset-minidump_stream_type
"""

from __future__ import annotations

import struct

from dumpengine.format.counters import (
    MINIDUMP_PROCESS_VM_COUNTERS_2,
    MINIDUMP_SYSTEM_MEMORY_INFO_1,
    VmCounterFlags,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format
from dumpengine.snapshot import Absent, SystemMemory, VmCounters

_REVISION_1 = struct.Struct("<HHI9Q")  # the same start, then PrivateUsage
_PRIVATE = VmCounterFlags.EX | VmCounterFlags.EX2


def read_vm_counters(file: DumpFile) -> VmCounters | Absent:
    """Return the memory use of the process; raises DumpError.

    The stream has no field for what is swapped out.
    """
    body = file.body(StreamType.ProcessVmCountersStream)
    if body is None:
        return Absent("not asked for")
    if len(body) < _REVISION_1.size:
        raise bad_format("The memory counters are too short.")
    full = body[: MINIDUMP_PROCESS_VM_COUNTERS_2.SIZE]
    if len(full) < MINIDUMP_PROCESS_VM_COUNTERS_2.SIZE or body[:2] == b"\1\0":
        return _first_revision(body)
    info = MINIDUMP_PROCESS_VM_COUNTERS_2.unpack(full)
    sized = bool(info.Flags & VmCounterFlags.VIRTUALSIZE)
    return VmCounters(
        page_faults=info.PageFaultCount,
        peak_working_set=info.PeakWorkingSetSize,
        working_set=info.WorkingSetSize,
        peak_virtual=info.PeakVirtualSize if sized else 0,
        virtual=info.VirtualSize if sized else 0,
        private=info.PrivateUsage if info.Flags & _PRIVATE else 0,
        private_working_set=info.PrivateWorkingSetSize if info.Flags & VmCounterFlags.EX2 else 0,
        shared=info.SharedCommitUsage if info.Flags & VmCounterFlags.EX2 else 0,
    )


def _first_revision(body: bytes) -> VmCounters:
    _, _, faults, peak, now, *_, private = _REVISION_1.unpack_from(body)
    return VmCounters(page_faults=faults, peak_working_set=peak, working_set=now, private=private)


def read_system_memory(file: DumpFile) -> SystemMemory | Absent:
    """Return the memory of the whole system; raises DumpError."""
    body = file.body(StreamType.SystemMemoryInfoStream)
    if body is None:
        return Absent("not asked for")
    if len(body) < MINIDUMP_SYSTEM_MEMORY_INFO_1.SIZE:
        raise bad_format("The system's memory information is too short.")
    info = MINIDUMP_SYSTEM_MEMORY_INFO_1.unpack(body)
    page = info.BasicInfo.PageSize
    return SystemMemory(
        page_size=page,
        physical=info.BasicInfo.NumberOfPhysicalPages,
        available=info.BasicPerfInfo.AvailablePages,
        committed=info.BasicPerfInfo.CommittedPages,
        commit_limit=info.BasicPerfInfo.CommitLimit,
        cached=info.FileCacheInfo.CurrentSize // page if page else 0,
        dirty=info.PerfInfo.CcTotalDirtyPages,
        read_bytes=info.PerfInfo.IoReadTransferCount,
        write_bytes=info.PerfInfo.IoWriteTransferCount,
    )
