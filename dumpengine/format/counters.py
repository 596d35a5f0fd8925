"""SystemMemoryInfoStream and ProcessVmCountersStream.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ne-minidumpapiset-minidump_stream_type
"""

from enum import IntFlag
from typing import Annotated

from dumpengine.format.layout import I64, U16, U32, U64, Struct, layout


class VmCounterFlags(IntFlag):
    """MINIDUMP_PROCESS_VM_COUNTERS*: which fields are filled."""

    COUNTERS = 0x1
    VIRTUALSIZE = 0x2
    EX = 0x4
    EX2 = 0x8
    JOB = 0x10


@layout(size=52, MinimumUserModeAddress=24, NumberOfProcessors=48)
class MINIDUMP_SYSTEM_BASIC_INFORMATION(Struct):
    """Page size, physical pages, user address range."""

    TimerResolution: U32 = 0
    PageSize: U32 = 0
    NumberOfPhysicalPages: U32 = 0
    LowestPhysicalPageNumber: U32 = 0
    HighestPhysicalPageNumber: U32 = 0
    AllocationGranularity: U32 = 0
    MinimumUserModeAddress: U64 = 0
    MaximumUserModeAddress: U64 = 0
    ActiveProcessorsAffinityMask: U64 = 0
    NumberOfProcessors: U32 = 0


@layout(size=60)
class MINIDUMP_SYSTEM_FILECACHE_INFORMATION(Struct):
    """The file cache; sizes in bytes."""

    CurrentSize: U64 = 0
    PeakSize: U64 = 0
    PageFaultCount: U32 = 0
    MinimumWorkingSet: U64 = 0
    MaximumWorkingSet: U64 = 0
    CurrentSizeIncludingTransitionInPages: U64 = 0
    PeakSizeIncludingTransitionInPages: U64 = 0
    TransitionRePurposeCount: U32 = 0
    Flags: U32 = 0


@layout(size=32)
class MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION(Struct):
    """All in pages."""

    AvailablePages: U64 = 0
    CommittedPages: U64 = 0
    CommitLimit: U64 = 0
    PeakCommitment: U64 = 0


@layout(size=344)
class MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION(Struct):
    """System-wide counters; only the I/O totals have a source outside Windows."""

    IdleProcessTime: U64 = 0
    IoReadTransferCount: U64 = 0
    IoWriteTransferCount: U64 = 0
    IoOtherTransferCount: U64 = 0
    Counters: Annotated[bytes, "280s"] = b""
    CcTotalDirtyPages: U64 = 0
    CcDirtyPageThreshold: U64 = 0
    ResidentAvailablePages: I64 = 0
    SharedCommittedPages: U64 = 0


@layout(size=492, BasicInfo=4, FileCacheInfo=56, BasicPerfInfo=116, PerfInfo=148)
class MINIDUMP_SYSTEM_MEMORY_INFO_1(Struct):
    """The stream SystemMemoryInfoStream."""

    Revision: U16 = 1
    Flags: U16 = 0
    BasicInfo: MINIDUMP_SYSTEM_BASIC_INFORMATION = MINIDUMP_SYSTEM_BASIC_INFORMATION()
    FileCacheInfo: MINIDUMP_SYSTEM_FILECACHE_INFORMATION = MINIDUMP_SYSTEM_FILECACHE_INFORMATION()
    BasicPerfInfo: MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION = (
        MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION()
    )
    PerfInfo: MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION = MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION()


@layout(size=152, PeakVirtualSize=72, PrivateUsage=88)
class MINIDUMP_PROCESS_VM_COUNTERS_2(Struct):
    """The stream ProcessVmCountersStream; sizes in bytes."""

    Revision: U16 = 2
    Flags: U16 = 0
    PageFaultCount: U32 = 0
    PeakWorkingSetSize: U64 = 0
    WorkingSetSize: U64 = 0
    QuotaPeakPagedPoolUsage: U64 = 0
    QuotaPagedPoolUsage: U64 = 0
    QuotaPeakNonPagedPoolUsage: U64 = 0
    QuotaNonPagedPoolUsage: U64 = 0
    PagefileUsage: U64 = 0
    PeakPagefileUsage: U64 = 0
    PeakVirtualSize: U64 = 0
    VirtualSize: U64 = 0
    PrivateUsage: U64 = 0
    PrivateWorkingSetSize: U64 = 0
    SharedCommitUsage: U64 = 0
    JobSharedCommitUsage: U64 = 0
    JobPrivateCommitUsage: U64 = 0
    JobPeakPrivateCommitUsage: U64 = 0
    JobPrivateCommitLimit: U64 = 0
    JobTotalCommitLimit: U64 = 0
