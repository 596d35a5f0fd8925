"""Copying memory into a sink: completely, past bad pages, and stopping when told to."""

from __future__ import annotations

import errno
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dumpengine.callbacks import DumpCallback
from dumpengine.errors import E_CANCELLED, E_PARTIAL_COPY, DumpError
from dumpengine.snapshot import PAGE_SIZE, Range
from dumpengine.write import copier
from dumpengine.write.copier import Copier
from tests.support.fake_snapshot import FakeMemory, RamSink, pattern

BASE = 0x10000
SIZE = 3 * copier.CHUNK + 5 * PAGE_SIZE + 123


def copied(memory, ranges, callback=None, workers=2, sink=None):
    sink = sink or RamSink()
    progress: list[int] = []
    work = Copier(memory, sink, callback or DumpCallback(), progress.append)
    work.copy(ranges, 100, workers=workers)
    return bytes(sink.data[100:]), work, progress


@pytest.fixture(scope="module")
def large() -> bytes:
    return pattern(SIZE)


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_every_byte_arrives_in_order(large, workers):
    memory = FakeMemory({BASE: large, 1 << 30: b"behind"})
    ranges = [Range(BASE + 7, BASE + SIZE), Range(1 << 30, (1 << 30) + 6)]
    data, work, progress = copied(memory, ranges, workers=workers)
    assert data == large[7:] + b"behind"
    assert work.done == len(data)
    assert progress == sorted(progress)
    assert progress[-1] == len(data)
    assert not work.failed


def test_chunks_are_cut_at_pages(large):
    memory = FakeMemory({BASE: large})
    copied(memory, [Range(BASE + 3, BASE + SIZE)])
    assert {read.start % PAGE_SIZE for read in memory.reads if read.start != BASE + 3} == {0}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_chunks_cover_the_ranges_once(data):
    sizes = data.draw(st.lists(st.tuples(st.integers(1, 9000), st.integers(1, 30000)), max_size=9))
    ranges, at = [], 0
    for gap, size in sizes:
        ranges.append(Range(at + gap, at + gap + size))
        at += gap + size
    original, copier.CHUNK = copier.CHUNK, 2 * PAGE_SIZE
    try:
        chunks = list(copier._chunks(ranges, 50))
    finally:
        copier.CHUNK = original
    assert all(chunk.size == sum(p.size for p in chunk.pieces) > 0 for chunk in chunks)
    assert all(chunk.size <= 2 * PAGE_SIZE for chunk in chunks)
    offsets = [chunk.offset for chunk in chunks]
    assert offsets == [50 + sum(c.size for c in chunks[:n]) for n in range(len(chunks))]
    covered = [a for chunk in chunks for p in chunk.pieces for a in range(p.start, p.end)]
    assert covered == [a for piece in ranges for a in range(piece.start, piece.end)]


@pytest.mark.parametrize("workers", [0, 2])
def test_only_bad_pages_are_missing(large, workers):
    bad = {BASE + 3 * PAGE_SIZE, BASE + 4 * PAGE_SIZE, BASE + SIZE // PAGE_SIZE * PAGE_SIZE}
    memory = FakeMemory({BASE: large}, bad)
    data, work, _ = copied(memory, [Range(BASE, BASE + SIZE)], workers=workers)
    expected = bytearray(large)
    for page in bad:
        part = expected[page - BASE : page - BASE + PAGE_SIZE]
        expected[page - BASE : page - BASE + PAGE_SIZE] = bytes(len(part))
    assert data == expected
    assert work.failed == sorted(Range(page, min(page + PAGE_SIZE, BASE + SIZE)) for page in bad)


class Judge(DumpCallback):
    """Answers read failures."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def read_memory_failure(self, event):
        self.asked.append((event.address, event.size, event.hresult))
        return self.answer


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("answer", [True, None])
def test_failures_are_asked_about_once(large, workers, answer):
    judge = Judge(answer)
    memory = FakeMemory({BASE: large}, {BASE + PAGE_SIZE})
    copied(memory, [Range(BASE, BASE + SIZE)], judge, workers)
    assert judge.asked == [(BASE + PAGE_SIZE, PAGE_SIZE, E_PARTIAL_COPY)]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_failure_may_be_declared_fatal(large, workers):
    memory = FakeMemory({BASE: large}, {BASE + PAGE_SIZE})
    with pytest.raises(DumpError) as raised:
        copied(memory, [Range(BASE, BASE + SIZE)], Judge(False), workers)
    assert raised.value.hresult == E_PARTIAL_COPY
    assert raised.value.address == BASE + PAGE_SIZE


class Canceller(DumpCallback):
    def __init__(self, after: int) -> None:
        self.left = after
        self.cancelled = threading.Event()

    def cancel(self) -> bool:
        self.left -= 1
        if self.left < 0:
            self.cancelled.set()
        return self.cancelled.is_set()


class WaitingSink(RamSink):
    """Takes no more before the copy is cancelled."""

    def __init__(self, cancelled: threading.Event) -> None:
        super().__init__()
        self.cancelled = cancelled

    def write_at(self, offset, data):
        assert self.cancelled.wait(10)
        super().write_at(offset, data)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_cancelling_stops_and_leaves_no_thread(large, workers, after):
    before = threading.active_count()
    canceller = Canceller(after)
    sink = WaitingSink(canceller.cancelled) if workers else RamSink()
    with pytest.raises(DumpError) as raised:
        copied(FakeMemory({BASE: large}), [Range(BASE, BASE + SIZE)], canceller, workers, sink)
    assert raised.value.hresult == E_CANCELLED
    assert threading.active_count() == before


class FullSink(RamSink):
    def write_at(self, offset, data):
        if offset > copier.CHUNK:
            raise OSError(errno.ENOSPC, "full")
        super().write_at(offset, data)


@pytest.mark.parametrize("workers", [0, 2])
def test_what_the_sink_raises_comes_out(large, workers):
    before = threading.active_count()
    memory = FakeMemory({BASE: large})
    with pytest.raises(OSError, match="full") as raised:
        copied(memory, [Range(BASE, BASE + SIZE)], workers=workers, sink=FullSink())
    assert raised.value.errno == errno.ENOSPC
    assert threading.active_count() == before


def test_what_reading_raises_comes_out(large):
    class Gone(FakeMemory):
        def read_into(self, _address, _buffer):
            raise ProcessLookupError(errno.ESRCH, "gone")

    with pytest.raises(ProcessLookupError):
        copied(Gone({}), [Range(BASE, BASE + SIZE)])


def test_a_cancel_does_not_wait_for_who_hangs_in_the_sink(large, monkeypatch):
    """As before a server that is gone: whoever cancels has the target back."""
    monkeypatch.setattr(copier, "_PARTING", 0.05)
    answered, hanging = threading.Event(), threading.Event()

    class Hangs(RamSink):
        def write_at(self, *_):
            hanging.set()
            answered.wait(30)

    class Cancels(DumpCallback):
        def cancel(self):
            return hanging.is_set()

    before = set(threading.enumerate())
    with pytest.raises(DumpError) as raised:
        copied(FakeMemory({BASE: large}), [Range(BASE, BASE + SIZE)], Cancels(), sink=Hangs())
    assert raised.value.hresult == E_CANCELLED
    left = set(threading.enumerate()) - before
    assert left
    answered.set()
    for thread in left:
        thread.join(10)
        assert not thread.is_alive()
