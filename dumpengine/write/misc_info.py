"""MiscInfoStream, in its newest version."""

from __future__ import annotations

from dumpengine._version import __version__
from dumpengine.callbacks import SecondaryFlags
from dumpengine.format.contexts import CONTEXT_AMD64
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.misc_info import (
    MINIDUMP_MISC_INFO_5,
    TIME_ZONE_INFORMATION,
    XSTATE_CONFIG_FEATURE_MSC_INFO,
    XSTATE_FEATURE,
    MiscInfoFlags,
)
from dumpengine.snapshot import SystemInfo, TimeZone, XStateFeature
from dumpengine.write.contexts import context_size
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source

_COMPACTED = 1 << 63


def write_misc_info(image: FileImage, source: Source) -> MINIDUMP_LOCATION_DESCRIPTOR:
    """Append the stream."""
    process, system = source.snapshot.process, source.snapshot.system
    power = not source.choice.secondary & SecondaryFlags.WithoutPowerInfo
    flags = MiscInfoFlags.PROCESS_ID | MiscInfoFlags.PROCESS_TIMES | MiscInfoFlags.BUILDSTRING
    if power and system.max_mhz:
        flags |= MiscInfoFlags.PROCESSOR_POWER_INFO
    if isinstance(system.timezone, TimeZone):
        flags |= MiscInfoFlags.TIMEZONE
    return image.add(
        MINIDUMP_MISC_INFO_5(
            Flags1=flags,
            ProcessId=process.pid,
            ProcessCreateTime=int(process.created) & 0xFFFFFFFF,
            ProcessUserTime=int(process.user_time),
            ProcessKernelTime=int(process.kernel_time),
            ProcessorMaxMhz=system.max_mhz if power else 0,
            ProcessorCurrentMhz=system.current_mhz if power else 0,
            ProcessorMhzLimit=system.max_mhz if power else 0,
            TimeZoneId=_zone_id(system),
            TimeZone=_time_zone(system),
            BuildString=_wide(system.build_string, 260),
            DbgBldStr=_wide(f"dumpengine.{system.architecture.value},{__version__}", 40),
            XStateData=_xstate(source),
        )
    )


def _wide(text: str, characters: int) -> bytes:
    return text[: characters - 1].encode("utf-16-le", "replace")[: (characters - 1) * 2]


def _zone_id(system: SystemInfo) -> int:
    return system.timezone.kind if isinstance(system.timezone, TimeZone) else 0


def _time_zone(system: SystemInfo) -> TIME_ZONE_INFORMATION:
    zone = system.timezone
    if not isinstance(zone, TimeZone):
        return TIME_ZONE_INFORMATION()
    return TIME_ZONE_INFORMATION(
        Bias=zone.bias,
        StandardName=_wide(zone.standard_name, 32),
        DaylightName=_wide(zone.daylight_name, 32),
        DaylightBias=zone.daylight_bias,
    )


def _xstate(source: Source) -> XSTATE_CONFIG_FEATURE_MSC_INFO:
    features = source.snapshot.xstate
    if not features:
        return XSTATE_CONFIG_FEATURE_MSC_INFO(SizeOfInfo=XSTATE_CONFIG_FEATURE_MSC_INFO.SIZE)
    return XSTATE_CONFIG_FEATURE_MSC_INFO(
        ContextSize=context_size(CONTEXT_AMD64.SIZE, features),
        EnabledFeatures=sum(1 << feature.bit for feature in features),
        Features=_feature_table(features),
    )


def _feature_table(features: tuple[XStateFeature, ...]) -> bytes:
    table = bytearray(64 * XSTATE_FEATURE.SIZE)
    for feature in features:
        at = feature.bit * XSTATE_FEATURE.SIZE
        table[at : at + XSTATE_FEATURE.SIZE] = XSTATE_FEATURE(feature.offset, feature.size).pack()
    return bytes(table)
