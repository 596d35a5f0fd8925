"""SystemMemoryInfoStream and ProcessVmCountersStream."""

from __future__ import annotations

from dumpengine.format.counters import (
    MINIDUMP_PROCESS_VM_COUNTERS_2,
    MINIDUMP_SYSTEM_BASIC_INFORMATION,
    MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION,
    MINIDUMP_SYSTEM_FILECACHE_INFORMATION,
    MINIDUMP_SYSTEM_MEMORY_INFO_1,
    MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION,
    VmCounterFlags,
)
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.snapshot import SystemMemory, VmCounters
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source

_BASIC_PERFORMANCE = 0x2  # MINIDUMP_SYSMEMINFO1_BASICPERF
_LARGEST = (1 << 63) - 1
_LOWEST_ADDRESS = 0x10000  # vm.mmap_min_addr
_HIGHEST_ADDRESS = 0x7FFFFFFFEFFF


def write_vm_counters(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR | None:
    """Append the process's memory use; None when it is not known."""
    counters = source.snapshot.process.counters
    if not isinstance(counters, VmCounters):
        return None
    return image.add(
        MINIDUMP_PROCESS_VM_COUNTERS_2(
            Flags=VmCounterFlags.COUNTERS | VmCounterFlags.VIRTUALSIZE | VmCounterFlags.EX2,
            PageFaultCount=counters.page_faults,
            PeakWorkingSetSize=counters.peak_working_set,
            WorkingSetSize=counters.working_set,
            PagefileUsage=counters.private,
            PeakPagefileUsage=counters.private,
            PeakVirtualSize=counters.peak_virtual,
            VirtualSize=counters.virtual,
            PrivateUsage=counters.private,
            PrivateWorkingSetSize=counters.private_working_set,
            SharedCommitUsage=counters.shared,
        )
    )


def write_system_memory(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR | None:
    """Append the machine's memory use; None when it is not known."""
    memory = source.snapshot.system.memory
    if not isinstance(memory, SystemMemory):
        return None
    processors = source.snapshot.system.processor_count
    return image.add(
        MINIDUMP_SYSTEM_MEMORY_INFO_1(
            Flags=_BASIC_PERFORMANCE,
            BasicInfo=MINIDUMP_SYSTEM_BASIC_INFORMATION(
                PageSize=memory.page_size,
                NumberOfPhysicalPages=min(memory.physical, 0xFFFFFFFF),
                HighestPhysicalPageNumber=min(memory.physical, 0xFFFFFFFF),
                AllocationGranularity=memory.page_size,
                MinimumUserModeAddress=_LOWEST_ADDRESS,
                MaximumUserModeAddress=_HIGHEST_ADDRESS,
                ActiveProcessorsAffinityMask=(1 << min(processors, 64)) - 1,
                NumberOfProcessors=processors,
            ),
            FileCacheInfo=MINIDUMP_SYSTEM_FILECACHE_INFORMATION(
                CurrentSize=memory.cached * memory.page_size
            ),
            BasicPerfInfo=MINIDUMP_SYSTEM_BASIC_PERFORMANCE_INFORMATION(
                AvailablePages=memory.available,
                CommittedPages=memory.committed,
                CommitLimit=memory.commit_limit,
                PeakCommitment=memory.committed,
            ),
            PerfInfo=MINIDUMP_SYSTEM_PERFORMANCE_INFORMATION(
                IoReadTransferCount=memory.read_bytes,
                IoWriteTransferCount=memory.write_bytes,
                Counters=bytes(280),
                CcTotalDirtyPages=memory.dirty,
                ResidentAvailablePages=min(memory.available, _LARGEST),
            ),
        )
    )
