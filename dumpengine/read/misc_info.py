"""MiscInfoStream in its five versions.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_misc_info_4
"""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.format.misc_info import (
    MINIDUMP_MISC_INFO_5,
    TIME_ZONE_INFORMATION,
    VERSION_SIZES,
    XSTATE_CONFIG_FEATURE_MSC_INFO,
    XSTATE_FEATURE,
    MiscInfoFlags,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.contexts import MAX_CONTEXT
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format
from dumpengine.snapshot import Absent, TimeZone, XStateFeature

_NO_TIMEZONE = Absent("not asked for")


@dataclass(frozen=True, slots=True, kw_only=True)
class MiscInfo:
    """What the stream says; a fact whose flag is not set is None, empty or Absent.

    Times are Unix seconds and seconds of processor time.
    """

    pid: int | None = None
    created: float = 0.0
    user_time: float = 0.0
    kernel_time: float = 0.0
    max_mhz: int = 0
    current_mhz: int = 0
    timezone: TimeZone | Absent = _NO_TIMEZONE
    build_string: str = ""
    debugger_build: str = ""
    integrity_level: int | None = None
    xstate: tuple[XStateFeature, ...] = ()


def read_misc_info(file: DumpFile) -> MiscInfo:
    """Return the facts of the stream; an empty MiscInfo when there is none; raises DumpError."""
    body = file.body(StreamType.MiscInfoStream)
    if body is None:
        return MiscInfo()
    if len(body) < VERSION_SIZES[0]:
        raise bad_format("The miscellaneous information is too short.")
    size = min(len(body), int.from_bytes(body[:4], "little"), MINIDUMP_MISC_INFO_5.SIZE)
    info = MINIDUMP_MISC_INFO_5.unpack(body[:size].ljust(MINIDUMP_MISC_INFO_5.SIZE, b"\0"))
    flags = info.Flags1
    timed = bool(flags & MiscInfoFlags.PROCESS_TIMES)
    power = bool(flags & MiscInfoFlags.PROCESSOR_POWER_INFO)
    build = bool(flags & MiscInfoFlags.BUILDSTRING)
    return MiscInfo(
        pid=info.ProcessId if flags & MiscInfoFlags.PROCESS_ID else None,
        created=float(info.ProcessCreateTime) if timed else 0.0,
        user_time=float(info.ProcessUserTime) if timed else 0.0,
        kernel_time=float(info.ProcessKernelTime) if timed else 0.0,
        max_mhz=info.ProcessorMaxMhz if power else 0,
        current_mhz=info.ProcessorCurrentMhz if power else 0,
        timezone=_timezone(info) if flags & MiscInfoFlags.TIMEZONE else _NO_TIMEZONE,
        build_string=_text(info.BuildString) if build else "",
        debugger_build=_text(info.DbgBldStr) if build else "",
        integrity_level=info.ProcessIntegrityLevel
        if flags & MiscInfoFlags.PROCESS_INTEGRITY
        else None,
        xstate=_features(info.XStateData),
    )


def _timezone(info: MINIDUMP_MISC_INFO_5) -> TimeZone:
    zone: TIME_ZONE_INFORMATION = info.TimeZone
    return TimeZone(
        info.TimeZoneId,
        zone.Bias,
        _text(zone.StandardName),
        _text(zone.DaylightName),
        zone.DaylightBias,
    )


def _features(data: XSTATE_CONFIG_FEATURE_MSC_INFO) -> tuple[XStateFeature, ...]:
    """Return the features that are enabled and lie behind the legacy area.

    What would reach beyond any processor's context is damage.
    """
    places = list(XSTATE_FEATURE.rows(data.Features))
    return tuple(
        XStateFeature(bit, *places[bit])
        for bit in range(64)
        if data.EnabledFeatures >> bit & 1 and places[bit][1] and sum(places[bit]) <= MAX_CONTEXT
    )


def _text(data: bytes) -> str:
    return data.decode("utf-16-le", "replace").split("\0", 1)[0]
