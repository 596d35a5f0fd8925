"""What we read is what other people's readers read: Breakpad's minidump_dump and `minidump`."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from minidump.minidumpfile import MinidumpFile

from dumpengine.read.dump import open_dump, read_dump
from dumpengine.report import describe
from dumpengine.snapshot import Registers, read_memory
from tests.support.agreement import compared, disagreements
from tests.support.breakpad_dump import parse
from tests.support.readers import run_breakpad
from tests.support.samples import NAMES, sample, unpacked

pytestmark = pytest.mark.consumer

# Stops at stream types it does not know, and Wine adds its own.
MINIDUMP_CANNOT = {"wine-dbghelp"}


def test_there_are_samples_of_five_writers() -> None:
    assert {name.split("-")[0] for name in NAMES} == {
        "crashpad",
        "dbgcore",
        "dumpdesk",
        "lldb14",
        "wine",
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_field_breakpad_prints_is_what_we_say(name: str, tmp_path: Path) -> None:
    path = unpacked(name, tmp_path)
    blocks = parse(run_breakpad("minidump_dump", path).stdout)
    with open_dump(path) as dump:
        found = describe(dump).to_json()
    assert compared(found, blocks) > 40
    assert list(disagreements(found, blocks)) == []


@pytest.fixture
def quiet_minidump(monkeypatch: pytest.MonkeyPatch) -> None:
    """It logs that Linux dumps have no PEB."""
    monkeypatch.setattr(logging.getLogger(), "disabled", True)


@pytest.mark.usefixtures("quiet_minidump")
@pytest.mark.parametrize("name", sorted(set(NAMES) - MINIDUMP_CANNOT))
def test_the_minidump_package_sees_the_same(name: str) -> None:
    theirs = MinidumpFile.parse_bytes(sample(name))
    snapshot = read_dump(sample(name)).snapshot()
    assert [t.tid for t in snapshot.threads] == [t.ThreadId for t in theirs.threads.threads]
    assert [(m.base, m.size, m.path) for m in snapshot.modules] == [
        (m.baseaddress, m.size, m.name) for m in theirs.modules.modules
    ]
    for ours, other in zip(snapshot.threads, theirs.threads.threads, strict=True):
        if isinstance(ours.registers, Registers) and other.ContextObject is not None:
            assert (ours.registers.pc, ours.registers.sp) == (
                other.ContextObject.Rip,
                other.ContextObject.Rsp,
            )
    reader = theirs.get_reader()
    segments = theirs.memory_segments_64 or theirs.memory_segments
    for segment in segments.memory_segments[:50]:
        size = min(segment.size, 4096)
        expected = reader.read(segment.start_virtual_address, size)
        assert read_memory(snapshot.memory, segment.start_virtual_address, size) == expected
