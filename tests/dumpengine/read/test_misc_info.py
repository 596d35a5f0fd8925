"""MiscInfoStream in its versions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.misc_info import (
    MINIDUMP_MISC_INFO_5,
    TIME_ZONE_INFORMATION,
    VERSION_SIZES,
    XSTATE_CONFIG_FEATURE_MSC_INFO,
    XSTATE_FEATURE,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.read.misc_info import MiscInfo, read_misc_info
from dumpengine.snapshot import Absent, TimeZone, XStateFeature
from tests.support.synth import Synth


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


FULL = MINIDUMP_MISC_INFO_5(
    Flags1=0x3F7,
    ProcessId=4711,
    ProcessCreateTime=1_700_000_000,
    ProcessUserTime=3,
    ProcessKernelTime=4,
    ProcessorMaxMhz=3000,
    ProcessorCurrentMhz=1500,
    ProcessIntegrityLevel=0x2000,
    TimeZoneId=1,
    TimeZone=TIME_ZONE_INFORMATION(
        Bias=-60, StandardName=wide("CET"), DaylightName=wide("CEST"), DaylightBias=-60
    ),
    BuildString=wide("22621.1.amd64fre"),
    DbgBldStr=wide("dbgcore.amd64,10.0.22621.1"),
)


def misc_of(info: MINIDUMP_MISC_INFO_5, size: int | None = None) -> MiscInfo:
    body = info.pack()[:size]
    return read_misc_info(read_dump(Synth().stream(StreamType.MiscInfoStream, body).build()).file)


def test_the_newest_version() -> None:
    features = bytearray(512)
    features[16:24] = XSTATE_FEATURE(576, 256).pack()
    state = XSTATE_CONFIG_FEATURE_MSC_INFO(EnabledFeatures=7, Features=bytes(features))
    misc = misc_of(replace(FULL, XStateData=state))
    assert misc == MiscInfo(
        pid=4711,
        created=1_700_000_000.0,
        user_time=3.0,
        kernel_time=4.0,
        max_mhz=3000,
        current_mhz=1500,
        timezone=TimeZone(1, -60, "CET", "CEST", -60),
        build_string="22621.1.amd64fre",
        debugger_build="dbgcore.amd64,10.0.22621.1",
        integrity_level=0x2000,
        xstate=(XStateFeature(2, 576, 256),),
    )


@pytest.mark.parametrize("size", VERSION_SIZES)
def test_older_versions_know_less(size: int) -> None:
    flags = {24: 0x3, 44: 0x7, 232: 0x77, 832: 0x1F7, 1364: 0x3F7}[size]
    misc = misc_of(replace(FULL, SizeOfInfo=size, Flags1=flags), size)
    assert misc.pid == 4711
    assert misc.max_mhz == (3000 if size >= 44 else 0)
    assert isinstance(misc.timezone, TimeZone) == (size >= 232)
    assert bool(misc.build_string) == (size >= 832)


def test_what_no_flag_vouches_for_is_not_believed() -> None:
    misc = misc_of(replace(FULL, Flags1=0))
    assert misc == MiscInfo()
    assert misc.pid is None
    assert isinstance(misc.timezone, Absent)


def test_a_size_larger_than_the_stream_is_not_believed() -> None:
    assert misc_of(replace(FULL, SizeOfInfo=1 << 30), 44).build_string == ""


def test_a_stream_shorter_than_the_first_version_raises() -> None:
    with pytest.raises(DumpError, match="too short"):
        misc_of(FULL, 23)


def test_the_snapshot_has_it() -> None:
    synth = Synth().system().stream(StreamType.MiscInfoStream, FULL.pack())
    snapshot = read_dump(synth.build()).snapshot()
    assert (snapshot.process.pid, snapshot.process.created) == (4711, 1_700_000_000.0)
    assert (snapshot.system.max_mhz, snapshot.system.build_string) == (3000, "22621.1.amd64fre")


def test_features_beyond_any_context_are_damage() -> None:
    features = bytearray(512)
    features[16:24] = XSTATE_FEATURE(0xFFFFFF00, 256).pack()
    features[24:32] = XSTATE_FEATURE(576, 256).pack()
    state = XSTATE_CONFIG_FEATURE_MSC_INFO(EnabledFeatures=0xC, Features=bytes(features))
    assert misc_of(replace(FULL, XStateData=state)).xstate == (XStateFeature(3, 576, 256),)
