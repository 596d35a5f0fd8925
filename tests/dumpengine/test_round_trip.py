"""Snapshot -> write -> read -> the same snapshot.

What the format has no room for is taken out of the comparison by name, here and nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from dumpengine.callbacks import DumpCallback
from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.read.check import check_bytes
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import (
    Absent,
    ExceptionRecord,
    MemoryState,
    Range,
    Region,
    Registers,
    Snapshot,
    Thread,
    read_memory,
)
from dumpengine.write.writer import WriteOptions, write_minidump
from tests.support.fake_memory import FakeMemory
from tests.support.strategies import snapshots

T = MinidumpType
FULL = (
    T.WithFullMemory | T.WithHandleData | T.WithUnloadedModules | T.WithFullMemoryInfo
    | T.WithThreadInfo
)  # fmt: skip
HEAP = T.WithPrivateReadWriteMemory | (FULL & ~T.WithFullMemory)


class Sink:
    """A file in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """See :class:`dumpengine.job.Sink`."""
        end = offset + len(data)
        self.data.extend(bytes(max(0, end - len(self.data))))
        self.data[offset:end] = data


def written(snapshot: Snapshot, dump_type: MinidumpType) -> bytes:
    sink = Sink()
    write_minidump(
        snapshot, sink, WriteOptions(dump_type=dump_type, timestamp=1_700_000_000), DumpCallback()
    )
    return bytes(sink.data)


def plain_registers(registers: Registers | Absent) -> object:
    """Registers without the context, which only a file has, and with the bases it lacks."""
    if isinstance(registers, Absent):
        return Absent
    values = {k: v for k, v in registers.values.items() if k not in ("fs_base", "gs_base")}
    return registers.architecture, values, registers.fxsave, registers.xsave


def plain_thread(thread: Thread) -> Thread:
    return replace(thread, registers=plain_registers(thread.registers))  # type: ignore[arg-type]


def plain_exception(found: ExceptionRecord | Absent) -> object:
    if isinstance(found, Absent):
        return Absent
    return replace(found, registers=plain_registers(found.registers))  # type: ignore[arg-type]


def plain_regions(regions: tuple[Region, ...]) -> list[Region]:
    """Without the free parts between them, and joined where the writer has split them."""
    used = [region for region in regions if region.state is not MemoryState.FREE]
    joined = used[:1]
    for low, high in pairwise(used):
        if low.end == high.start and replace(low, start=0, end=0) == replace(high, start=0, end=0):
            joined[-1] = replace(joined[-1], end=high.end)
        else:
            joined.append(high)
    return joined


@pytest.mark.parametrize("dump_type", [FULL, HEAP], ids=["full", "heap"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshot=snapshots())
def test_a_snapshot_comes_back_as_it_was(dump_type: MinidumpType, snapshot: Snapshot) -> None:
    data = written(snapshot, dump_type)
    dump = read_dump(data)
    found = dump.snapshot()
    assert found.problems == ()
    assert list(map(plain_thread, found.threads)) == list(map(plain_thread, snapshot.threads))
    assert found.modules == snapshot.modules
    assert found.system == snapshot.system
    first = snapshot.modules[0] if snapshot.modules else None
    process = replace(
        snapshot.process, name=first.name if first else "", path=first.path if first else ""
    )
    assert found.process == process
    assert plain_regions(found.regions) == plain_regions(snapshot.regions)
    assert found.handles == snapshot.handles
    assert plain_exception(found.exception) == plain_exception(snapshot.exception)
    assert found.unloaded_modules == snapshot.unloaded_modules
    assert found.loader == snapshot.loader or isinstance(snapshot.loader, Absent)
    assert dict(found.streams) == dict(snapshot.streams)
    assert (dump.flags, dump.timestamp) == (dump_type, 1_700_000_000)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshot=snapshots())
def test_full_memory_comes_back_byte_for_byte(snapshot: Snapshot) -> None:
    assert isinstance(snapshot.memory, FakeMemory)
    dump = read_dump(written(snapshot, FULL))
    for start, data in snapshot.memory.pieces.items():
        assert read_memory(dump.memory, start, len(data)) == data
    held = {a for r in dump.memory.ranges() for a in range(r.start, r.end, 8)}
    expected = snapshot.memory.populated(0, 1 << 64)
    assert held == {a for r in expected for a in range(r.start, r.end, 8)}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshot=snapshots())
def test_stacks_are_in_every_dump(snapshot: Snapshot) -> None:
    dump = read_dump(written(snapshot, T.Normal))
    for thread in snapshot.threads:
        if isinstance(thread.stack, Range):
            stack = thread.stack
            assert read_memory(dump.memory, stack.start, stack.size) == read_memory(
                snapshot.memory, stack.start, stack.size
            )


@pytest.mark.parametrize("dump_type", [FULL, HEAP, T.Normal], ids=["full", "heap", "normal"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshot=snapshots())
def test_our_own_checker_finds_nothing_wrong(dump_type: MinidumpType, snapshot: Snapshot) -> None:
    report = check_bytes(written(snapshot, dump_type))
    wrong = [f for f in report.findings if f.severity == "error"]
    assert wrong == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(snapshot=snapshots())
def test_writing_what_was_read_changes_nothing_more(snapshot: Snapshot) -> None:
    first = written(snapshot, FULL)
    again = written(read_dump(first).snapshot(), FULL)
    one, two = read_dump(first), read_dump(again)
    assert one.snapshot().threads == two.snapshot().threads
    assert one.snapshot().regions == two.snapshot().regions
    assert list(one.memory.ranges()) == list(two.memory.ranges())
    assert one.stream(StreamType.ModuleListStream) is not None
    assert one.snapshot().modules == two.snapshot().modules
