"""Thread lists: registers and stacks, names, times.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_thread
"""

from enum import IntFlag

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_MEMORY_DESCRIPTOR
from dumpengine.format.layout import U32, U64, Struct, layout

NORMAL_PRIORITY_CLASS = 0x20
STILL_ACTIVE = 0x103


class ThreadInfoFlags(IntFlag):
    """MINIDUMP_THREAD_INFO_*: what is missing of a thread."""

    ERROR_THREAD = 0x1
    WRITING_THREAD = 0x2
    EXITED_THREAD = 0x4
    INVALID_INFO = 0x8
    INVALID_CONTEXT = 0x10
    INVALID_TEB = 0x20


@layout(size=48, Teb=16, Stack=24, ThreadContext=40)
class MINIDUMP_THREAD(Struct):
    """One entry of ThreadListStream, after a u32 count."""

    ThreadId: U32 = 0
    SuspendCount: U32 = 0
    PriorityClass: U32 = 0
    Priority: U32 = 0
    Teb: U64 = 0
    Stack: MINIDUMP_MEMORY_DESCRIPTOR = MINIDUMP_MEMORY_DESCRIPTOR()
    ThreadContext: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()


@layout(size=64, BackingStore=48)
class MINIDUMP_THREAD_EX(Struct):
    """One entry of ThreadExListStream (Itanium's second stack)."""

    Thread: MINIDUMP_THREAD = MINIDUMP_THREAD()
    BackingStore: MINIDUMP_MEMORY_DESCRIPTOR = MINIDUMP_MEMORY_DESCRIPTOR()


@layout(size=12, RvaOfThreadName=4)
class MINIDUMP_THREAD_NAME(Struct):
    """One entry of ThreadNamesStream; the offset is 64-bit and unaligned."""

    ThreadId: U32 = 0
    RvaOfThreadName: U64 = 0


@layout(size=12)
class MINIDUMP_THREAD_INFO_LIST(Struct):
    """Head of ThreadInfoListStream."""

    SizeOfHeader: U32 = 12
    SizeOfEntry: U32 = 64
    NumberOfEntries: U32 = 0


@layout(size=64, CreateTime=16, StartAddress=48)
class MINIDUMP_THREAD_INFO(Struct):
    """Create and exit times are FILETIMEs, kernel and user times 100 ns units."""

    ThreadId: U32 = 0
    DumpFlags: U32 = 0
    DumpError: U32 = 0
    ExitStatus: U32 = STILL_ACTIVE
    CreateTime: U64 = 0
    ExitTime: U64 = 0
    KernelTime: U64 = 0
    UserTime: U64 = 0
    StartAddress: U64 = 0
    Affinity: U64 = 0
