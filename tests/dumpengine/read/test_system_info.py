"""SystemInfoStream."""

from __future__ import annotations

import pytest

from dumpengine.format.stream_types import StreamType
from dumpengine.format.system_info import PlatformId
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Architecture, SystemInfo
from tests.support.synth import Synth


def system_of(synth: Synth) -> SystemInfo:
    return read_dump(synth.build()).snapshot().system


def test_every_field() -> None:
    synth = Synth().system(
        ProcessorLevel=25, ProcessorRevision=0x1101, NumberOfProcessors=8, ProductType=3,
        MajorVersion=10, MinorVersion=1, BuildNumber=22631, platform=PlatformId.WIN32_NT,
        csd="Service Pack 1",
    )  # fmt: skip
    system = system_of(synth)
    assert (system.platform_id, system.csd_version) == (2, "Service Pack 1")
    assert (system.processor_level, system.processor_revision) == (25, 0x1101)
    assert (system.processor_count, system.product_type) == (8, 3)
    assert (system.major, system.minor, system.build) == (10, 1, 22631)
    assert len(system.cpu) == 24


@pytest.mark.parametrize(
    ("number", "architecture"),
    [
        (0, Architecture.X86),
        (5, Architecture.ARM),
        (9, Architecture.AMD64),
        (12, Architecture.ARM64),
        (0x8003, Architecture.ARM64),
        (6, Architecture.UNKNOWN),
        (0x4321, Architecture.UNKNOWN),
        (0xFFFF, Architecture.UNKNOWN),
    ],
)
def test_architectures(number: int, architecture: Architecture) -> None:
    assert system_of(Synth().system(number)).architecture is architecture


def test_a_version_name_outside_the_file_is_empty_and_noted() -> None:
    snapshot = read_dump(Synth().system(CSDVersionRva=1 << 30).build()).snapshot()
    assert snapshot.system.csd_version == ""
    assert [problem.where for problem in snapshot.problems] == ["SystemInfoStream"]


@pytest.mark.parametrize("body", [None, b"", bytes(55)])
def test_without_it_the_architecture_is_unknown(body: bytes | None) -> None:
    synth = Synth()
    if body is not None:
        synth.stream(StreamType.SystemInfoStream, body)
    snapshot = read_dump(synth.build()).snapshot()
    assert snapshot.system.architecture is Architecture.UNKNOWN
    assert snapshot.problems[0].where == "SystemInfoStream"
