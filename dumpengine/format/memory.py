"""Memory64ListStream and MemoryInfoListStream; MemoryListStream is a u32 count and descriptors.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_memory_info
"""

from dumpengine.format.layout import U32, U64, Struct, layout


@layout(size=16)
class MINIDUMP_MEMORY64_LIST(Struct):
    """Head of Memory64ListStream; the ranges' bytes lie back to back from ``BaseRva`` on."""

    NumberOfMemoryRanges: U64 = 0
    BaseRva: U64 = 0


@layout(size=16)
class MINIDUMP_MEMORY_INFO_LIST(Struct):
    """Head of MemoryInfoListStream."""

    SizeOfHeader: U32 = 16
    SizeOfEntry: U32 = 48
    NumberOfEntries: U64 = 0


@layout(size=48, RegionSize=24, State=32, Type=40)
class MINIDUMP_MEMORY_INFO(Struct):
    """A region as VirtualQuery describes it."""

    BaseAddress: U64 = 0
    AllocationBase: U64 = 0
    AllocationProtect: U32 = 0
    Alignment1: U32 = 0
    RegionSize: U64 = 0
    State: U32 = 0
    Protect: U32 = 0
    Type: U32 = 0
    Alignment2: U32 = 0
