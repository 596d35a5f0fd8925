"""Memory that must be copied while the process stands still, and the rest of it later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dumpengine.callbacks import DumpCallback
from dumpengine.dump_types import MinidumpType
from dumpengine.read.dump import read_dump
from dumpengine.snapshot import Range, read_memory
from dumpengine.write import area, memory_lists
from dumpengine.write.writer import WriteOptions, write_minidump
from tests.support.fake_snapshot import HEAP, PAGE, STACK, RamSink, snapshot

FULL = MinidumpType.WithFullMemory
HEAP_ONLY = MinidumpType.WithPrivateReadWriteMemory
HELD = (Range(HEAP, HEAP + 6 * PAGE),)


class Watched:
    """Memory that notes what is read of it before and after the process is released.

    From then on the held part reads as something else, as if the process had run on.
    """

    def __init__(self, memory) -> None:
        self._memory = memory
        self.released = 0
        self.late: list[int] = []

    def populated(self, start, end):
        return self._memory.populated(start, end)

    def read_into(self, address, buffer):
        count = self._memory.read_into(address, buffer)
        if self.released and any(hole.start <= address < hole.end for hole in HELD):
            self.late.append(address)
            buffer[:count] = b"!" * count
        return count

    def release(self) -> None:
        self.released += 1


@pytest.fixture(params=[1 << 20, 0], ids=["in memory", "to its place"])
def write(request, monkeypatch) -> Callable:
    monkeypatch.setattr(area, "IN_RAM", request.param)

    def written(made, dump_type, held):
        watched, sink = Watched(made.memory), RamSink()
        options = WriteOptions(
            dump_type=dump_type, timestamp=1, on_copied=watched.release, held=held
        )
        report = write_minidump(replace(made, memory=watched), sink, options, DumpCallback())
        return watched, read_dump(bytes(sink.data)), report

    return written


@pytest.mark.parametrize("dump_type", [FULL, HEAP_ONLY])
def test_the_held_part_is_read_before_the_process_runs_on(write, dump_type):
    made = snapshot()
    watched, dump, _ = write(made, dump_type, HELD)
    assert watched.late == []
    found = dump.snapshot()
    for start, size in ((HEAP, 4 * PAGE), (HEAP + 8 * PAGE, 2 * PAGE), (STACK + 0x800, 0x800)):
        assert read_memory(found.memory, start, size) == read_memory(made.memory, start, size)


@pytest.mark.parametrize(("held", "late"), [(None, False), ((), True)])
def test_all_of_it_or_none(write, held, late):
    watched, _, _ = write(snapshot(), FULL, held)
    assert watched.released == 1
    assert bool(watched.late) is late


@pytest.mark.parametrize("dump_type", [FULL, HEAP_ONLY])
@pytest.mark.parametrize("room", [64, 0])
def test_pages_that_cannot_be_read_in_either_part(write, monkeypatch, dump_type, room):
    monkeypatch.setattr(memory_lists, "ROOM_FOR_SPLITS", room)
    made = snapshot()
    bad = [HEAP + PAGE, HEAP + 8 * PAGE]
    made.memory.bad.update(bad)
    watched, dump, report = write(made, dump_type, HELD)
    assert watched.late == []
    assert [(each.address, each.skipped) for each in report.skipped] == [(at, PAGE) for at in bad]
    memory = dump.snapshot().memory
    for start, pages in ((HEAP, 1), (HEAP + 2 * PAGE, 2), (HEAP + 9 * PAGE, 1)):
        expected = read_memory(made.memory, start, pages * PAGE)
        assert len(expected) == pages * PAGE
        assert read_memory(memory, start, pages * PAGE)[: len(expected)] == expected
    zeros = "zeros" in report.skipped[0].what
    assert read_memory(memory, bad[0], PAGE) == (bytes(PAGE) if zeros else b"")
    assert zeros is (room == 0 and area.IN_RAM == 0)
