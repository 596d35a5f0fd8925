"""MiscInfoStream: process id and times, processor clock, time zone, build strings.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_misc_info_4
"""

from enum import IntFlag
from typing import Annotated

from dumpengine.format.layout import I32, U16, U32, U64, Struct, layout


class MiscInfoFlags(IntFlag):
    """MINIDUMP_MISC*: which groups of fields are filled."""

    PROCESS_ID = 0x1
    PROCESS_TIMES = 0x2
    PROCESSOR_POWER_INFO = 0x4
    PROCESS_INTEGRITY = 0x10
    PROCESS_EXECUTE_FLAGS = 0x20
    TIMEZONE = 0x40
    PROTECTED_PROCESS = 0x80
    BUILDSTRING = 0x100
    PROCESS_COOKIE = 0x200


VERSION_SIZES = (24, 44, 232, 832, 1364)  # MINIDUMP_MISC_INFO, _2, _3, _4, _5


@layout(size=16)
class SYSTEMTIME(Struct):
    """A calendar time; in a time zone, the rule of the change."""

    Year: U16 = 0
    Month: U16 = 0
    DayOfWeek: U16 = 0
    Day: U16 = 0
    Hour: U16 = 0
    Minute: U16 = 0
    Second: U16 = 0
    Milliseconds: U16 = 0


@layout(size=172, StandardName=4, DaylightBias=168)
class TIME_ZONE_INFORMATION(Struct):
    """Biases are minutes to add to local time to get UTC; names are UTF-16LE."""

    Bias: I32 = 0
    StandardName: Annotated[bytes, "64s"] = b""
    StandardDate: SYSTEMTIME = SYSTEMTIME()
    StandardBias: I32 = 0
    DaylightName: Annotated[bytes, "64s"] = b""
    DaylightDate: SYSTEMTIME = SYSTEMTIME()
    DaylightBias: I32 = 0


@layout(size=8)
class XSTATE_FEATURE(Struct):
    """Where a feature lies, from the start of the XSAVE area."""

    Offset: U32 = 0
    Size: U32 = 0


@layout(size=528)
class XSTATE_CONFIG_FEATURE_MSC_INFO(Struct):
    """Layout of the extended state in the thread contexts. ``Features`` is 64 XSTATE_FEATUREs."""

    SizeOfInfo: U32 = 528
    ContextSize: U32 = 0
    EnabledFeatures: U64 = 0
    Features: Annotated[bytes, "512s"] = b""


@layout(size=24, ProcessId=8)
class MINIDUMP_MISC_INFO(Struct):
    """Version 1; times are seconds."""

    SizeOfInfo: U32 = 24
    Flags1: U32 = 0
    ProcessId: U32 = 0
    ProcessCreateTime: U32 = 0
    ProcessUserTime: U32 = 0
    ProcessKernelTime: U32 = 0


@layout(size=1364, ProcessorMaxMhz=24, TimeZone=60, BuildString=232, XStateData=832)
class MINIDUMP_MISC_INFO_5(Struct):
    """The newest version; the older ones are its first bytes."""

    SizeOfInfo: U32 = 1364
    Flags1: U32 = 0
    ProcessId: U32 = 0
    ProcessCreateTime: U32 = 0
    ProcessUserTime: U32 = 0
    ProcessKernelTime: U32 = 0
    ProcessorMaxMhz: U32 = 0
    ProcessorCurrentMhz: U32 = 0
    ProcessorMhzLimit: U32 = 0
    ProcessorMaxIdleState: U32 = 0
    ProcessorCurrentIdleState: U32 = 0
    ProcessIntegrityLevel: U32 = 0
    ProcessExecuteFlags: U32 = 0
    ProtectedProcess: U32 = 0
    TimeZoneId: U32 = 0
    TimeZone: TIME_ZONE_INFORMATION = TIME_ZONE_INFORMATION()
    BuildString: Annotated[bytes, "520s"] = b""
    DbgBldStr: Annotated[bytes, "80s"] = b""
    XStateData: XSTATE_CONFIG_FEATURE_MSC_INFO = XSTATE_CONFIG_FEATURE_MSC_INFO()
    ProcessCookie: U32 = 0
