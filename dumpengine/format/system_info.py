"""SystemInfoStream: the machine and the operating system.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_system_info
"""

from enum import IntEnum

from dumpengine.format.layout import U8, U16, U32, U64, Struct, U32x3, layout


class ProcessorArchitecture(IntEnum):
    """PROCESSOR_ARCHITECTURE_* as the stream stores it."""

    INTEL = 0
    ARM = 5
    IA64 = 6
    AMD64 = 9
    ARM64 = 12
    BREAKPAD_ARM64_OLD = 0x8003
    UNKNOWN = 0xFFFF


class PlatformId(IntEnum):
    """VER_PLATFORM_*; the values from 0x8000 on are Breakpad's."""

    WIN32_NT = 2
    UNIX = 0x8000
    MACOS = 0x8101
    IOS = 0x8102
    LINUX = 0x8201
    SOLARIS = 0x8202
    ANDROID = 0x8203


VER_NT_WORKSTATION = 1


@layout(size=24)
class CPU_INFORMATION_X86(Struct):
    """CPU_INFORMATION of an x86 dump: cpuid leaves 0, 1 and 0x80000001."""

    VendorId: U32x3 = (0, 0, 0)
    VersionInformation: U32 = 0
    FeatureInformation: U32 = 0
    AMDExtendedCpuFeatures: U32 = 0


@layout(size=24)
class CPU_INFORMATION_OTHER(Struct):
    """CPU_INFORMATION of every other architecture, AMD64 included."""

    ProcessorFeatures0: U64 = 0
    ProcessorFeatures1: U64 = 0
    Reserved: U64 = 0


@layout(size=56, NumberOfProcessors=6, CSDVersionRva=24, SuiteMask=28, Cpu=32)
class MINIDUMP_SYSTEM_INFO(Struct):
    """The stream. ``CSDVersionRva`` is never 0: Breakpad reads a string at it regardless."""

    ProcessorArchitecture: U16 = 0
    ProcessorLevel: U16 = 0
    ProcessorRevision: U16 = 0
    NumberOfProcessors: U8 = 0
    ProductType: U8 = VER_NT_WORKSTATION
    MajorVersion: U32 = 0
    MinorVersion: U32 = 0
    BuildNumber: U32 = 0
    PlatformId: U32 = 0
    CSDVersionRva: U32 = 0
    SuiteMask: U16 = 0
    Reserved2: U16 = 0
    Cpu: CPU_INFORMATION_OTHER = CPU_INFORMATION_OTHER()
