"""The file as a whole: header, directory, offsets, the order of its parts."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest

from dumpengine.callbacks import DumpCallback
from dumpengine.dump_types import PRESETS, MinidumpType
from dumpengine.errors import E_CANCELLED, DumpError
from dumpengine.format.stream_types import StreamType
from dumpengine.options import UserStream
from dumpengine.read.check import check_bytes
from dumpengine.snapshot import ExceptionRecord, Handle, Range, read_memory
from dumpengine.write import area, memory_lists
from dumpengine.write.writer import WriteOptions, write_minidump
from tests.support.fake_snapshot import (
    CODE,
    HEAP,
    PAGE,
    STACK,
    FakeMemory,
    RamSink,
    memory,
    pattern,
    region,
    regions,
    registers,
    snapshot,
    source_of,
    written,
)

FULL = MinidumpType.WithFullMemory
RICH = 0x1801 | MinidumpType.WithHandleData | MinidumpType.WithTokenInformation


def directory(data: bytes) -> list[tuple[int, int, int]]:
    """(type, size, rva) of each entry, read by hand."""
    signature, version, count, rva, checksum, _ = struct.unpack_from("<6I", data)
    assert (signature, version & 0xFFFF, checksum) == (0x504D444D, 0xA793, 0)
    return [struct.unpack_from("<III", data, rva + 12 * n) for n in range(count)]


@pytest.mark.parametrize("flag", [0, *(1 << bit for bit in range(25))])
def test_every_flag_makes_a_whole_dump_with_the_flags_asked_for(flag):
    _, data, report = written(
        snapshot(3, handles=(Handle(handle=3, type_name="File", object_name="/tmp/x"),)), flag
    )
    assert struct.unpack_from("<IQ", data, 20) == (1_700_000_000, flag)
    assert [f for f in check_bytes(data).findings if f.severity == "error"] == []
    assert report.size == len(data)
    assert (report.threads, report.modules) == (3, 1)
    types = [kind for kind, size, _ in directory(data) if size]
    assert len(types) == len(set(types))


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_is_read_by_every_reader(preset):
    _, data, _ = written(snapshot(2, handles=()), preset.value)
    report = check_bytes(data)
    assert report.ok
    assert all(report.readers.values()), report


def test_streams_do_not_overlap():
    made = snapshot(
        3,
        handles=(Handle(handle=3, type_name="File", object_name="/tmp/x"),),
        streams={0x47670003: b"cpu: 1\n"},
    )
    _, data, _ = written(made, RICH, user_streams=[UserStream(0x10001, b"mine")])
    taken = sorted((rva, rva + size) for _, size, rva in directory(data) if size)
    assert all(left[1] <= right[0] for left, right in pairwise(taken))
    assert taken[-1][1] <= len(data)


def test_full_memory_ends_the_file_and_lies_back_to_back():
    _, data, report = written(snapshot(2), FULL)
    entry = next(e for e in directory(data) if e[0] == StreamType.Memory64ListStream)
    count, base = struct.unpack_from("<QQ", data, entry[2])
    assert entry[1] == 16 + 16 * count
    ranges = [struct.unpack_from("<QQ", data, entry[2] + 16 + 16 * n) for n in range(count)]
    assert base + sum(size for _, size in ranges) == len(data)
    assert report.memory_bytes == len(data) - base
    at = base
    for start, size in ranges:
        assert data[at : at + size] == read_memory(memory(2), start, size)
        at += size
    assert StreamType.MemoryListStream not in [kind for kind, _, _ in directory(data)]


def test_a_full_dump_points_each_thread_at_a_copy_of_its_stack_in_front_of_the_memory():
    _, data, _ = written(snapshot(2), FULL)
    entries = {kind: rva for kind, _, rva in directory(data)}
    base = struct.unpack_from("<QQ", data, entries[StreamType.Memory64ListStream])[1]
    for n in range(2):
        start, size, rva = struct.unpack_from(
            "<QII", data, entries[StreamType.ThreadListStream] + 4 + 48 * n + 24
        )
        assert (start, size) == (STACK + n * 0x10000 + 0x800, 0x800)
        assert rva + size <= base
        assert data[rva : rva + size] == read_memory(memory(2), start, size)


def test_never_touched_pages_are_not_in_the_file():
    dump, _, _ = written(snapshot(), FULL)
    taken = dump.snapshot().memory
    assert read_memory(taken, HEAP + 4 * PAGE, PAGE) == b""
    assert read_memory(taken, HEAP + 8 * PAGE, 2 * PAGE) == pattern(2 * PAGE, 4)


@pytest.mark.parametrize("dump_type", [0, FULL])
@pytest.mark.parametrize("in_ram", [True, False])
def test_pages_that_fail_are_missing_and_named(monkeypatch, dump_type, in_ram):
    if not in_ram:
        monkeypatch.setattr(area, "IN_RAM", 0)
    made = snapshot()
    made.memory.bad = {STACK, HEAP + 2 * PAGE}
    dump, data, report = written(made, dump_type)
    assert check_bytes(data).ok
    missing = {problem.address: problem.skipped for problem in report.skipped}
    stack_part = 0x1000 if dump_type else 0x800
    expected = {STACK + 0x1000 - stack_part: stack_part}
    if dump_type:
        expected[HEAP + 2 * PAGE] = PAGE
    assert missing == expected
    taken = dump.snapshot().memory
    assert read_memory(taken, STACK + 0x800, 8) == b""
    if dump_type:
        assert read_memory(taken, HEAP, 4 * PAGE) == pattern(4 * PAGE, 3)[: 2 * PAGE]
        assert read_memory(taken, HEAP + 3 * PAGE, PAGE) == pattern(4 * PAGE, 3)[3 * PAGE :]
        assert read_memory(taken, HEAP + 8 * PAGE, 2 * PAGE) == pattern(2 * PAGE, 4)
    notes = dump.file.body(StreamType.DumpDeskCaptureNotes)
    assert str(missing).count(":") == bytes(notes).count(b'"address"')


def test_more_holes_than_room_leave_zeros_and_say_so(monkeypatch):
    monkeypatch.setattr(area, "IN_RAM", 0)
    monkeypatch.setattr(memory_lists, "ROOM_FOR_SPLITS", 0)
    made = snapshot()
    made.memory.bad = {HEAP + PAGE}
    dump, data, report = written(made, FULL)
    assert check_bytes(data).ok
    assert [problem.what for problem in report.skipped] == [
        "could not be read and stands as zeros in the dump"
    ]
    assert read_memory(dump.snapshot().memory, HEAP + PAGE, PAGE) == bytes(PAGE)


def test_a_file_beyond_4_gib_keeps_all_but_its_memory_below(monkeypatch):
    """Five GiB, of which this sink keeps the first MiB and the number of bytes."""
    size = 5 << 30
    monkeypatch.setattr("dumpengine.write.copier.CHUNK", 256 << 20)

    class Endless(FakeMemory):
        def populated(self, start, end):
            yield from FakeMemory({HEAP: b""}).populated(start, end)
            low, high = max(start, 1 << 40), min(end, (1 << 40) + size)
            if low < high:
                yield Range(low, high)

        def read_into(self, _address, buffer):
            return buffer.nbytes

    class Stub(RamSink):
        end = 0

        def write_at(self, offset, data):
            self.end = max(self.end, offset + len(data))
            if offset < 1 << 20:
                super().write_at(offset, data[: 1 << 20])

    made = snapshot(regions=(region(1 << 40, size), *regions()), memory=Endless({}))
    sink = Stub()
    report = write_minidump(made, sink, WriteOptions(dump_type=FULL, timestamp=1), DumpCallback())
    assert report.size == sink.end > size
    for kind, length, rva in directory(bytes(sink.data)):
        assert rva + length < 1 << 20, kind


def test_too_much_for_a_memory_list_goes_into_a_64_bit_one(monkeypatch):
    monkeypatch.setattr(memory_lists, "LIST_LIMIT", PAGE)
    _, data, _ = written(snapshot(), MinidumpType.WithPrivateReadWriteMemory)
    kinds = [kind for kind, size, _ in directory(data) if size]
    assert StreamType.Memory64ListStream in kinds
    assert StreamType.MemoryListStream not in kinds
    report = check_bytes(data)
    assert report.ok
    # The header promises no full memory, which WinDbg takes by its word.
    assert [name for name, reads in report.readers.items() if not reads] == ["WinDbg"]


def test_the_signature_comes_last():
    sink = RamSink()
    write_minidump(snapshot(), sink, WriteOptions(dump_type=FULL, timestamp=1), DumpCallback())
    assert sink.writes[-1] == (0, 4)
    assert all(offset >= 4 for offset, _ in sink.writes[:-1])


class CancelAt(DumpCallback):
    def __init__(self, number: int) -> None:
        self.number = number
        self.polls = 0

    def cancel(self) -> bool:
        self.polls += 1
        return self.polls > self.number


@pytest.mark.parametrize("dump_type", [0, FULL])
def test_cancelled_at_any_poll_there_is_no_dump(dump_type):
    counter = CancelAt(1 << 30)
    write_minidump(snapshot(2), RamSink(), WriteOptions(dump_type=dump_type, timestamp=1), counter)
    assert counter.polls > 5
    for number in range(counter.polls):
        sink = RamSink()
        options = WriteOptions(dump_type=dump_type, timestamp=1)
        with pytest.raises(DumpError) as raised:
            write_minidump(snapshot(2), sink, options, CancelAt(number))
        assert raised.value.hresult == E_CANCELLED
        assert sink.data[:4] != b"MDMP"


def test_the_exception_comes_with_the_threads_own_context():
    own = registers(sp=STACK + 0x880)
    made = snapshot(
        exception=ExceptionRecord(
            thread_id=100, code=11, address=0xDEAD, registers=own, parameters=(1, 2)
        )
    )
    _, data, _ = written(made)
    entries = {kind: rva for kind, _, rva in directory(data)}
    rva = entries[StreamType.ExceptionStream]
    assert struct.unpack_from("<I4xIIQQI", data, rva) == (100, 11, 0, 0, 0xDEAD, 2)
    assert struct.unpack_from("<2Q", data, rva + 40) == (1, 2)
    context = struct.unpack_from("<II", data, rva + 160)
    thread = struct.unpack_from("<II", data, entries[StreamType.ThreadListStream] + 4 + 40)
    assert context == thread
    assert struct.unpack_from("<Q", data, context[1] + 0xF8) == (CODE + 0x1080,)


def test_no_exception_stream_unless_asked():
    _, data, _ = written(snapshot())
    assert StreamType.ExceptionStream not in [k for k, size, _ in directory(data) if size]


def test_another_context_of_the_exception_is_stored_beside():
    made = snapshot(
        exception=ExceptionRecord(thread_id=100, code=11, address=1, registers=registers(pc=0x1234))
    )
    dump, _, _ = written(made)
    read = dump.snapshot()
    assert read.exception.registers.pc == 0x1234
    assert read.threads[0].registers.pc == CODE + 0x1080


def test_the_source_tells_names_as_the_dump_may_show_them():
    assert source_of(snapshot()).name_of("/usr/bin/x") == "/usr/bin/x"
    for flag in (MinidumpType.FilterModulePaths, MinidumpType.FilterTriage):
        assert source_of(snapshot(), flag).name_of("C:\\a\\b.dll") == "b.dll"
