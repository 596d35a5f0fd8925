"""Callbacks on living processes: dbgcore's order, and what each of them can do."""

from __future__ import annotations

import os
import struct
import threading
from itertools import groupby, pairwise

import pytest

from dumpengine.callbacks import DumpCallback
from dumpengine.capture.forwarding import ForwardingCallback
from dumpengine.capture.write_dump import capture_dump, write_dump
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_CALLBACK_EXCEPTION, E_CANCELLED, E_INVALIDARG, DumpError
from dumpengine.format.stream_types import StreamType
from dumpengine.options import CaptureOptions, ExceptionInformation, UserStream
from dumpengine.read.check import check_bytes
from dumpengine.read.dump import open_dump
from dumpengine.snapshot import Range, read_memory
from tests.support.c_targets import hard, markers
from tests.support.capturing import assert_runs, holds
from tests.support.oracle import Recording, order, recordings

# The callbacks of the API by the method that answers them.
METHODS = {
    "is_process_snapshot": "IsProcessSnapshot",
    "vm_start": "VmStart",
    "io_start": "IoStart",
    "io_write_all": "IoWriteAll",
    "io_finish": "IoFinish",
    "secondary_flags": "SecondaryFlags",
    "write_kernel_minidump": "WriteKernelMinidump",
    "kernel_minidump_status": "KernelMinidumpStatus",
    "cancel": "Cancel",
    "include_thread": "IncludeThread",
    "include_module": "IncludeModule",
    "thread": "Thread",
    "module": "Module",
    "memory": "Memory",
    "remove_memory": "RemoveMemory",
    "include_vm_region": "IncludeVmRegion",
}


class Recorder(ForwardingCallback):
    """Notes the name of every callback; answers as ``inner`` does."""

    def __init__(self, inner: DumpCallback | None = None) -> None:
        super().__init__(inner or DumpCallback())
        self.calls: list[str] = []
        self.threads: set[int] = set()

    def __getattribute__(self, name: str):
        method = super().__getattribute__(name)
        if name not in METHODS:
            return method

        def noted(*arguments):
            self.calls.append(METHODS[name])
            self.threads.add(threading.get_ident())
            return method(*arguments)

        return noted


def kinds(calls, without=("Cancel",)) -> list[str]:
    """The order of the kinds of callbacks, however often each comes in a row."""
    return [name for name, _ in groupby(name for name in calls if name not in without)]


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    with markers(3, folder=tmp_path_factory.mktemp("mapped")) as running:
        yield running


BY_TYPE = {recording.dump_type: recording for recording in recordings()}


@pytest.mark.parametrize("mode", ["stop", "snapshot"])
@pytest.mark.parametrize("recording", BY_TYPE.values(), ids=lambda r: hex(r.dump_type))
def test_the_order_is_dbgcores(target, capture, recording: Recording, mode):
    if not recording.ok:
        pytest.skip("dbgcore itself refused this type")
    recorder = Recorder()
    result, _, _ = capture(target.pid, recording.dump_type, callback=recorder, mode=mode)
    assert kinds(recorder.calls) == kinds(recording.callbacks)
    for name, count in (("Thread", result.threads), ("Module", result.modules)):
        assert recorder.calls.count(name) == recorder.calls.count("Include" + name) == count
    if "IncludeVmRegion" in recorder.calls:
        assert recorder.calls.count("IncludeVmRegion") % 2 == 0
    assert (
        order(recorder.calls, without=COUNTLESS)[:3]
        == order(recording.callbacks, without=COUNTLESS)[:3]
    )


COUNTLESS = ("Cancel", "IncludeVmRegion")


def test_cancel_is_polled_where_dbgcore_polls_it(target, capture):
    recorder = Recorder()
    capture(target.pid, 0, callback=recorder)
    recorded = BY_TYPE[0].callbacks
    for neighbours in (("IncludeThread", "Cancel"), ("IncludeModule", "Cancel")):
        for calls in (recorder.calls, recorded):
            pairs = set(pairwise(calls))
            assert neighbours in pairs


class Everything(DumpCallback):
    """Takes over all writing."""

    def __init__(self) -> None:
        self.file = bytearray()
        self.finished_at = -1

    def io_start(self):
        return True

    def io_write_all(self, event):
        assert self.finished_at == -1
        end = event.offset + event.data.nbytes
        self.file += bytes(max(end - len(self.file), 0))
        self.file[event.offset : end] = event.data

    def io_finish(self):
        self.finished_at = len(self.file)


@pytest.mark.parametrize("dump_type", [0, 2])
def test_all_writing_can_be_taken_over(target, tmp_path, dump_type):
    callback = Everything()
    recorder = Recorder(callback)
    path = tmp_path / "untouched.dmp"
    with open(path, "w+b") as file:
        result = write_dump(target.pid, file, dump_type, callback=recorder)
    assert path.stat().st_size == 0
    assert callback.finished_at == len(callback.file) == result.size
    assert check_bytes(bytes(callback.file)).ok
    recording = next(r for r in recordings("io") if r.dump_type == dump_type)
    # How writing and IncludeVmRegion take turns is the writer's own affair. The recorder failed
    # IoFinish, so nothing came after it.
    without = ("Cancel", "IoWriteAll")
    expected = [*kinds(recording.callbacks, without), "WriteKernelMinidump"]
    assert kinds(recorder.calls, without) == expected
    assert len(recorder.threads) == 1


@pytest.mark.parametrize("recording", recordings("cancel"), ids=lambda r: hex(r.dump_type))
def test_whoever_took_over_the_writing_hears_of_a_cancel(target, tmp_path, recording):
    class Cancels(Everything):
        def cancel(self):
            return bool(self.file)

    callback = Cancels()
    with open(tmp_path / "x.dmp", "w+b") as file, pytest.raises(DumpError) as raised:
        write_dump(target.pid, file, recording.dump_type, callback=callback)
    assert raised.value.hresult == E_CANCELLED
    assert recording.callbacks[-1] == "IoFinish"
    assert callback.finished_at == len(callback.file) > 0
    assert callback.file[:4] != b"MDMP"
    assert_runs(target.pid)


def test_threads_and_modules_are_left_out(target, capture, tmp_path):
    all_threads, dump, _ = capture(target.pid)
    left_out = dump.snapshot().threads[2].tid
    options = CaptureOptions(
        dump_type=MinidumpType.WithFullMemory,
        exclude_threads=frozenset({left_out, 1 << 30}),
        exclude_modules=frozenset({"LIBC.so.6", "libnothing.so"}),
    )
    path = tmp_path / "left_out.dmp"
    result = capture_dump(target.pid, path, options)
    assert result.warnings[-2:] == (
        "There was no thread 1073741824 to leave out.",
        "There was no module libnothing.so to leave out.",
    )
    with open_dump(path) as dump:
        found = dump.snapshot()
    assert left_out not in [thread.tid for thread in found.threads]
    assert result.threads == all_threads.threads - 1
    assert "libc.so.6" not in [module.name for module in found.modules]
    assert result.modules == all_threads.modules - 1


class Pieces(DumpCallback):
    def __init__(self, add, remove):
        self.add, self.remove = list(add), list(remove)

    def memory(self):
        return self.add.pop(0) if self.add else None

    def remove_memory(self):
        return self.remove.pop(0) if self.remove else None


def test_memory_is_added_and_removed(target, capture):
    heap = target["heap"]
    callback = Pieces([Range(heap, heap + 4096)], [Range(heap + 100, heap + 200)])
    _, dump, _ = capture(target.pid, 0, callback=callback)
    found = dump.snapshot()
    assert holds(found, heap, "heap")
    assert read_memory(found.memory, heap + 100, 8) == b""
    assert len(read_memory(found.memory, heap + 200, 4096)) == 4096 - 200


def test_memory_that_is_not_there_is_reported_not_invented(target, capture):
    result, dump, _ = capture(target.pid, 0, callback=Pieces([Range(0x1000, 0x3000)], []))
    assert result.skipped_bytes == 0x2000
    assert read_memory(dump.snapshot().memory, 0x1000, 8) == b""


@pytest.mark.parametrize("mode", ["stop", "snapshot"])
def test_what_is_read_can_be_redacted(target, capture, mode):
    class Redact(DumpCallback):
        def vm_start(self):
            return True

        def vm_post_read(self, event):
            data = bytes(event.buffer)
            event.buffer[:] = data.replace(b"DumpDesk", b"--------")

    _, _, path = capture(target.pid, 2, callback=Redact(), mode=mode)
    data = path.read_bytes()
    assert b"<DumpDesk" not in data
    assert data.count(b"<-------- ") >= 9


def test_what_is_read_can_be_supplied(target, capture):
    heap = target["heap"]

    class Supply(Pieces):
        def vm_start(self):
            return True

        def vm_pre_read(self, event):
            if event.address != heap:
                return None
            event.buffer[:] = b"x" * event.buffer.nbytes
            return event.buffer.nbytes

    _, dump, _ = capture(target.pid, 0, callback=Supply([Range(heap, heap + 4096)], []))
    assert read_memory(dump.snapshot().memory, heap, 4096) == b"x" * 4096


def test_regions_can_be_vetoed(target, capture):
    class NoHeap(DumpCallback):
        def include_vm_region(self, event):
            region = event.region
            if region.start <= target["heap"] < region.end:
                return Range(0, 0)
            return Range(region.start, region.end)

    _, dump, _ = capture(target.pid, 2, callback=NoHeap())
    assert not holds(dump.snapshot(), target["heap"], "heap")
    assert holds(dump.snapshot(), target["bss"], "bss")


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"kernel_minidump_status"}))
def test_a_callback_that_raises_fails_the_capture_cleanly(target, tmp_path, method):
    def broken(*_):
        raise RuntimeError("broken callback")

    callback = Everything() if method.startswith("io_") else DumpCallback()
    setattr(callback, method, broken)
    dump_type = 2 if method == "include_vm_region" else 0
    with pytest.raises(DumpError, match="broken callback") as raised:
        write_dump(target.pid, tmp_path / "x.dmp", dump_type, callback=callback)
    assert raised.value.hresult == E_CALLBACK_EXCEPTION
    assert os.listdir(tmp_path) == []
    assert_runs(target.pid)


class TestReadFailures:
    """A mapping whose file was cut off fails where it is read, if it is asked for."""

    @pytest.mark.parametrize("mode", ["stop", "snapshot"])
    @pytest.mark.parametrize("answer", [True, None])
    def test_survived(self, capture, tmp_path, answer, mode):
        asked = []

        class Judge(Pieces):
            def read_memory_failure(self, event):
                asked.append((event.address, event.size))
                return answer

        with hard("truncated", tmp_path) as target:
            at = target["private"]
            result, dump, _ = capture(
                target.pid, 0, callback=Judge([Range(at, at + 0x4000)], []), mode=mode
            )
        assert asked == [(at + 0x2000, 0x1000), (at + 0x3000, 0x1000)]
        assert result.skipped_bytes == 0x2000
        found = dump.snapshot().memory
        expected = b"f" * (4096 + 100) + bytes(4096 - 100)
        assert read_memory(found, at, 0x4000) == expected

    def test_fatal(self, tmp_path):
        class Strict(Pieces):
            def read_memory_failure(self, event):
                del event
                return False

        with hard("truncated", tmp_path / "..") as target:
            at = target["private"]
            with pytest.raises(DumpError) as raised:
                write_dump(
                    target.pid, tmp_path / "x.dmp", callback=Strict([Range(at, at + 0x4000)], [])
                )
            assert raised.value.address == at + 0x2000
            assert_runs(target.pid)
        assert os.listdir(tmp_path) == []


class TestExceptions:
    def test_a_threads_own_context(self, target, capture):
        _, dump, _ = capture(target.pid)
        tid = dump.snapshot().threads[1].tid
        asked = ExceptionInformation(tid, code=11, parameters=(1, 0xDEAD))
        _, dump, _ = capture(target.pid, exception=asked)
        snapshot = dump.snapshot()
        thread = next(t for t in snapshot.threads if t.tid == tid)
        assert snapshot.exception.thread_id == tid
        assert (snapshot.exception.code, snapshot.exception.parameters) == (11, (1, 0xDEAD))
        assert snapshot.exception.address == thread.registers.pc
        assert snapshot.exception.registers.context == thread.registers.context

    def test_a_given_context_byte_for_byte(self, target, capture):
        context = bytearray(1232)
        struct.pack_into("<I", context, 0x30, 0x10000F)
        struct.pack_into("<Q", context, 0xF8, 0x1234)
        asked = ExceptionInformation(target.pid, address=0x77, context=bytes(context))
        _, dump, _ = capture(target.pid, exception=asked)
        found = dump.snapshot().exception
        assert (found.address, found.registers.context) == (0x77, bytes(context))

    @pytest.mark.parametrize(
        "changes", [{"thread_id": 1}, {"parameters": (0,) * 16}, {"context": bytes(10)}]
    )
    def test_nonsense_is_refused(self, target, tmp_path, changes):
        asked = ExceptionInformation(**({"thread_id": target.pid} | changes))
        with pytest.raises(DumpError) as raised:
            write_dump(target.pid, tmp_path / "x.dmp", exception=asked)
        assert raised.value.hresult == E_INVALIDARG
        assert os.listdir(tmp_path) == []
        assert_runs(target.pid)

    def test_none_unless_asked(self, target, capture):
        _, dump, _ = capture(target.pid)
        assert dump.file.find(StreamType.ExceptionStream) is None


def test_user_streams_come_along(target, capture):
    streams = [UserStream(0x10000 + n, os.urandom(n * 1000)) for n in range(1, 20)]
    streams.append(UserStream(StreamType.CommentStreamW, "grüße\0".encode("utf-16-le")))
    _, dump, _ = capture(target.pid, user_streams=streams)
    for stream in streams:
        assert bytes(dump.file.body(stream.type)) == stream.data
