"""Captures of real processes with the real MiniDumpWriteDump."""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from dumpengine.callbacks import (
    Cancel,
    DumpCallback,
    IncludeModule,
    IncludeThread,
    IncludeVmRegion,
    IoWriteAll,
    ModuleWriteFlags,
    Phase,
    Progress,
    ThreadCallback,
    ThreadWriteFlags,
    VmRead,
)
from dumpengine.dump_types import PRESETS, MinidumpType
from dumpengine.errors import (
    E_CALLBACK_EXCEPTION,
    E_CANCELLED,
    E_DISK_FULL,
    E_INVALIDARG,
    E_WRITE_FAULT,
    DumpError,
    ErrorKind,
)
from dumpengine.format.threads import MINIDUMP_THREAD
from dumpengine.job import Captured, CaptureJob, ExceptionInformation, Mode, UserStream
from dumpengine.read.dump import Dump, open_dump
from dumpengine.snapshot import Absent, Range, read_memory
from tests.support.oracle import order, recordings
from tests.support.windows import FileSink, Recorder, Target, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

Dumper = Callable[..., tuple[Captured, Path]]
_M = MinidumpType


@pytest.fixture
def dumper(tmp_path: Path) -> Dumper:
    """Dump a target into a file of this test's."""
    from dumpengine.windows.capture import capture

    def dump(of: Target, dump_type: int = 0, **job: object) -> tuple[Captured, Path]:
        sink = FileSink(tmp_path / "it.dmp")
        started = job.pop("started", 0.0)
        sink_used = job.pop("sink", sink)
        request = CaptureJob(of.pid, started, _M(dump_type), sink_used, **job)  # type: ignore[arg-type]
        try:
            return capture(request), sink.path
        finally:
            sink.close()

    return dump


def stream_types(dump: Dump) -> list[int]:
    return [entry.type for entry in dump.streams]


@pytest.mark.parametrize(
    "recording", [r for r in recordings() if r.ok], ids=lambda r: f"0x{r.dump_type:x}"
)
def test_flag_gives_the_callbacks_and_streams_recorded(
    recording, dumper: Dumper, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dumpengine.windows import callback

    recorder = Recorder()
    monkeypatch.setattr(callback.Bridge, "_enter", recorder.watch(callback.Bridge))
    with target(threads=4) as child:
        _, path = dumper(child, recording.dump_type)
    # Cancel comes between any two; taking the writing over adds the I/O callbacks.
    unlike = {"Cancel", "IoWriteAll", "IoFinish"}
    assert order(recorder.calls, unlike) == order(recording.callbacks, unlike)
    with open_dump(path) as dump:
        assert stream_types(dump) == [stream.type for stream in recording.streams]
        sizes = {entry.type: entry.size for entry in dump.streams}
    fixed = {3, 4, 7, 15, 17, 21, 22}
    assert {kind: size for kind, size in sizes.items() if kind in fixed} == {
        stream.type: stream.size for stream in recording.streams if stream.type in fixed
    }


@pytest.mark.parametrize("recording", recordings("io"), ids=lambda r: f"0x{r.dump_type:x}")
def test_io_callbacks_come_in_the_order_recorded(
    recording, dumper: Dumper, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dumpengine.windows import callback

    recorder = Recorder()
    monkeypatch.setattr(callback.Bridge, "_enter", recorder.watch(callback.Bridge))
    with target(threads=4) as child:
        dumper(child, recording.dump_type)
    # The recorder let IoFinish fail, so WriteKernelMinidump is missing there.
    unlike = {"Cancel", "IncludeVmRegion", "WriteKernelMinidump"}
    assert order(recorder.calls, unlike) == order(recording.callbacks, unlike)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_preset(preset, dumper: Dumper) -> None:
    with target(threads=3) as child:
        captured, path = dumper(child, preset.value)
        assert child.answers()
        threads = set(child.threads)
    assert captured.size == path.stat().st_size
    assert captured.mode is Mode.STOP
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
        assert dump.flags == captured.dump_type
        # Full memory makes the flags redundant that would take a part of it.
        assert not captured.dump_type & ~preset.value
        assert {thread.tid for thread in snapshot.threads} == threads
        assert captured.threads == len(snapshot.threads) == 3
        assert captured.modules == len(snapshot.modules) > 5
        assert any(module.name.lower() == "kernel32.dll" for module in snapshot.modules)
        assert all(not isinstance(thread.registers, Absent) for thread in snapshot.threads)


def test_full_memory_holds_the_process(dumper: Dumper) -> None:
    with target(megabytes=8) as child:
        captured, path = dumper(child, _M.WithFullMemory)
        secret, address = child.SECRET, child.secret
    with open_dump(path) as dump:
        assert read_memory(dump.memory, address, len(secret)) == secret
        threads = list(MINIDUMP_THREAD.unpack_many((dump.stream(3) or b"")[4:]))
    # Breakpad reads stacks only from where the thread's own entry says they are.
    for thread in threads:
        stack = thread.Stack
        start, size, at = stack.StartOfMemoryRange, stack.Memory.DataSize, stack.Memory.Rva
        with open_dump(path) as dump:
            assert read_memory(dump.memory, start, size) == path.read_bytes()[at : at + size]
    assert captured.ranges > 50
    assert 8 << 20 < captured.memory_bytes < captured.size
    assert captured.skipped == ()


def test_the_dll_is_named(dumper: Dumper) -> None:
    with target() as child:
        captured, _ = dumper(child)
    assert captured.warnings[0].startswith("Written by dbgcore.dll 10.0.")


def test_identity_is_checked(dumper: Dumper) -> None:
    with target() as child:
        with pytest.raises(DumpError) as caught:
            dumper(child, started=1234.5)
        assert caught.value.kind is ErrorKind.NO_PROCESS
        assert child.answers()


def test_start_time_is_the_one_psutil_reports(dumper: Dumper) -> None:
    psutil = pytest.importorskip("psutil")
    with target() as child:
        captured, _ = dumper(child, started=psutil.Process(child.pid).create_time())
    assert captured.threads == 4


def test_no_such_process(tmp_path: Path) -> None:
    from dumpengine.windows.capture import capture

    with target() as child:
        pid = child.pid
    sink = FileSink(tmp_path / "x")
    with pytest.raises(DumpError) as caught:
        capture(CaptureJob(pid, 0.0, _M.Normal, sink))
    sink.close()
    assert caught.value.kind is ErrorKind.NO_PROCESS


def test_progress_counts_bytes_to_the_total(dumper: Dumper) -> None:
    class Watch(DumpCallback):
        seen: list[Progress] = []  # noqa: RUF012 - one instance

        def progress(self, progress: Progress) -> None:
            self.seen.append(progress)

    with target(megabytes=32) as child:
        captured, _ = dumper(child, _M.WithFullMemory, callback=Watch())
    memory = [p for p in Watch.seen if p.phase is Phase.MEMORY]
    done = [p.done for p in memory]
    assert done == sorted(done)
    # The walk beforehand knows the memory, not the lists around it.
    assert memory[0].total == pytest.approx(captured.size, rel=0.02)
    assert memory[-1].total == memory[-1].done
    assert any(p.last.startswith("Thread ") for p in Watch.seen)
    assert any(p.last.startswith("Module ") for p in Watch.seen)
    assert not memory[0].running
    assert Watch.seen[-1].phase is Phase.FINISHING


def test_cancel_before_the_start(dumper: Dumper) -> None:
    cancel = Cancel()
    cancel.set()
    with target() as child, pytest.raises(DumpError) as caught:
        dumper(child, callback=cancel)
    assert caught.value.hresult == E_CANCELLED


class CancelAfter(Cancel):
    """Cancels once so many bytes are written, and counts what comes after that."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.last = 0

    def progress(self, progress: Progress) -> None:
        self.last = progress.done
        if progress.done >= self.limit:
            self.set()


def test_cancel_within_one_large_region(dumper: Dumper, tmp_path: Path) -> None:
    cancel = CancelAfter(16 << 20)
    with target(megabytes=256) as child:
        with pytest.raises(DumpError) as caught:
            dumper(child, _M.WithFullMemory, callback=cancel)
        assert caught.value.hresult == E_CANCELLED
        assert child.answers()
    assert cancel.last < 17 << 20  # nothing was written after it
    assert (tmp_path / "it.dmp").read_bytes()[:4] != b"MDMP"


def test_excluded_thread_is_not_in_the_file(dumper: Dumper) -> None:
    class Exclude(DumpCallback):
        def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
            return None if event.thread_id == child.main_thread else event.write_flags

    with target(threads=4) as child:
        captured, path = dumper(child, callback=Exclude())
    with open_dump(path) as dump:
        tids = [thread.tid for thread in dump.snapshot().threads]
    assert len(tids) == captured.threads == 3
    assert child.main_thread not in tids


def test_dropped_at_the_second_question(dumper: Dumper) -> None:
    class Drop(DumpCallback):
        def thread(self, event: ThreadCallback) -> ThreadWriteFlags | None:
            assert event.registers is not None
            assert event.stack.start <= event.registers.sp <= event.stack.end
            return None if event.thread_id == child.main_thread else event.write_flags

        def include_module(self, event: IncludeModule) -> ModuleWriteFlags | None:
            return event.write_flags if event.base == 0x140000000 else None

    with target(threads=2) as child:
        _, path = dumper(child, callback=Drop())
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
    assert child.main_thread not in [thread.tid for thread in snapshot.threads]
    assert [module.base for module in snapshot.modules] == [0x140000000]


def test_memory_added_and_removed(dumper: Dumper) -> None:
    class Choose(DumpCallback):
        def __init__(self) -> None:
            self.adding = [Range(child.secret, child.secret + 40)]
            self.removing = [Range(child.secret + 4, child.secret + 8)]

        def memory(self) -> Range | None:
            return self.adding.pop() if self.adding else None

        def remove_memory(self) -> Range | None:
            return self.removing.pop() if self.removing else None

    with target() as child:
        _, path = dumper(child, callback=Choose())
    with open_dump(path) as dump:
        assert read_memory(dump.memory, child.secret, 4) == child.SECRET[:4]
        assert read_memory(dump.memory, child.secret + 4, 4) == b""
        assert read_memory(dump.memory, child.secret + 8, 4) == child.SECRET[8:12]


def test_regions_left_out_of_full_memory(dumper: Dumper) -> None:
    class Leave(DumpCallback):
        asked: list[Range] = []  # noqa: RUF012 - one instance

        def include_vm_region(self, event: IncludeVmRegion) -> Range | None:
            whole = Range(event.region.start, event.region.end)
            self.asked.append(whole)
            if whole.start <= child.secret < whole.end:
                return Range(whole.start, whole.start)
            return whole

    with target() as child:
        captured, path = dumper(child, _M.WithFullMemory, callback=Leave())
    with open_dump(path) as dump:
        assert read_memory(dump.memory, child.secret, 4) == b""
        assert read_memory(dump.memory, 0x140000000, 2) == b"MZ"
    first_pass = Leave.asked[: len(Leave.asked) // 2]
    assert first_pass == Leave.asked[len(Leave.asked) // 2 :]
    assert captured.ranges == len(first_pass) - 1


def test_no_more_region_questions_after_none(dumper: Dumper) -> None:
    class Once(DumpCallback):
        asked = 0

        def include_vm_region(self, event: IncludeVmRegion) -> Range | None:
            del event
            Once.asked += 1
            return None

    with target() as child:
        captured, _ = dumper(child, _M.WithFullMemory, callback=Once())
    assert Once.asked == 2  # one for each pass
    assert captured.ranges > 50


def test_redacted_through_vm_post_read(dumper: Dumper) -> None:
    class Redact(DumpCallback):
        def vm_start(self) -> bool:
            return True

        def vm_post_read(self, event: VmRead) -> None:
            data = bytes(event.buffer)
            if child.SECRET in data:
                event.buffer[:] = data.replace(child.SECRET, b"*" * len(child.SECRET))

    with target() as child:
        _, path = dumper(child, _M.WithFullMemory, callback=Redact())
    data = path.read_bytes()
    assert b"CorrectHorse" + b"Battery!" not in data
    with open_dump(path) as dump:
        assert read_memory(dump.memory, child.secret, 8) == b"********"


def test_supplied_through_vm_pre_read(dumper: Dumper) -> None:
    class Supply(DumpCallback):
        def vm_start(self) -> bool:
            return True

        def vm_pre_read(self, event: VmRead) -> int | None:
            if event.address <= child.secret < event.address + len(event.buffer):
                event.buffer[:] = b"\x77" * len(event.buffer)
                return len(event.buffer)
            return None

    with target() as child:
        _, path = dumper(child, _M.WithFullMemory, callback=Supply())
    with open_dump(path) as dump:
        assert read_memory(dump.memory, child.secret, 4) == b"\x77" * 4
        assert read_memory(dump.memory, 0x140000000, 2) == b"MZ"


def test_user_streams_and_comment(dumper: Dumper) -> None:
    streams = (
        UserStream(0x10001, b"first"),
        UserStream(0x10002, bytes(range(256)) * 300),
        UserStream(11, "Grüße".encode("utf-16-le") + b"\0\0"),
    )
    with target() as child:
        _, path = dumper(child, user_streams=streams)
    with open_dump(path) as dump:
        assert dump.stream(0x10001) == b"first"
        assert dump.stream(0x10002) == bytes(range(256)) * 300
        assert dump.comments == ("Grüße",)


def test_exception_with_the_threads_own_registers(dumper: Dumper) -> None:
    with target() as child:
        asked = ExceptionInformation(child.main_thread, parameters=(1, 2**64 - 2))
        _, path = dumper(child, exception=asked)
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
    found = snapshot.exception
    assert not isinstance(found, Absent)
    thread = next(t for t in snapshot.threads if t.tid == child.main_thread)
    assert not isinstance(thread.registers, Absent)
    assert not isinstance(found.registers, Absent)
    assert found.thread_id == child.main_thread
    assert found.code == 0xFFFFFFFF
    assert found.address == thread.registers.pc != 0
    assert found.parameters == (1, 2**64 - 2)
    assert found.registers.context == thread.registers.context


def test_exception_with_records_of_ours(dumper: Dumper) -> None:
    from dumpengine.format.contexts import CONTEXT_AMD64, CONTEXT_AMD64_ALL

    context = CONTEXT_AMD64(ContextFlags=CONTEXT_AMD64_ALL, Rip=0x1234, Rsp=0x5678).pack()
    with target() as child:
        asked = ExceptionInformation(
            child.main_thread, code=0xC0000005, flags=1, address=0xABCD, context=context
        )
        _, path = dumper(child, exception=asked)
    with open_dump(path) as dump:
        found = dump.snapshot().exception
    assert not isinstance(found, Absent)
    assert not isinstance(found.registers, Absent)
    assert (found.code, found.flags, found.address) == (0xC0000005, 1, 0xABCD)
    assert (found.registers.pc, found.registers.sp) == (0x1234, 0x5678)


_POINTERS = """
import ctypes, sys
record = ctypes.create_string_buffer(152)
ctypes.memmove(record, (0xC0000094).to_bytes(4, "little"), 4)
ctypes.memmove(ctypes.addressof(record) + 16, (0xDEAD).to_bytes(8, "little"), 8)
raw = ctypes.create_string_buffer(1232 + 16)
context = ctypes.addressof(raw) + -ctypes.addressof(raw) % 16
ctypes.memmove(context + 0x30, (0x10001F).to_bytes(4, "little"), 4)
ctypes.memmove(context + 0xF8, (0xFEED).to_bytes(8, "little"), 8)
pointers = (ctypes.c_void_p * 2)(ctypes.addressof(record), context)
print(ctypes.addressof(pointers), flush=True)
sys.stdin.read()
"""


def test_exception_with_pointers_in_the_target(tmp_path: Path) -> None:
    import subprocess
    import sys

    from dumpengine.windows.capture import capture
    from dumpengine.windows.toolhelp import thread_ids

    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _POINTERS], stdin=pipe, stdout=pipe) as child:
        assert child.stdout is not None
        address = int(child.stdout.readline())
        thread = next(thread_ids(child.pid))
        asked = ExceptionInformation(thread, client_pointers=True, pointers=address)
        sink = FileSink(tmp_path / "it.dmp")
        capture(CaptureJob(child.pid, 0.0, _M.Normal, sink, exception=asked))
        child.kill()
    with open_dump(sink.close()) as dump:
        found = dump.snapshot().exception
    assert not isinstance(found, Absent)
    assert not isinstance(found.registers, Absent)
    assert (found.code, found.address, found.registers.pc) == (0xC0000094, 0xDEAD, 0xFEED)


def test_too_many_exception_parameters(dumper: Dumper) -> None:
    with target() as child, pytest.raises(DumpError) as caught:
        dumper(child, exception=ExceptionInformation(child.main_thread, parameters=(0,) * 16))
    assert caught.value.hresult == E_INVALIDARG


QUESTIONS = (
    "is_process_snapshot",
    "vm_start",
    "io_start",
    "secondary_flags",
    "cancel",
    "include_thread",
    "include_module",
    "thread",
    "module",
    "memory",
    "remove_memory",
    "progress",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_exception_in_a_callback_fails_the_capture_cleanly(
    question: str, dumper: Dumper, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("of all things")

    callback = DumpCallback()
    if question in ("cancel", "progress"):  # asked once before the DLL is called, too
        fail = after_the_first(fail)  # type: ignore[assignment]
    setattr(callback, question, fail)
    with target() as child:
        with pytest.raises(DumpError) as caught:
            dumper(child, callback=callback)
        assert child.answers()
    assert caught.value.hresult == E_CALLBACK_EXCEPTION
    assert "ZeroDivisionError: of all things" in caught.value.cause
    assert (tmp_path / "it.dmp").read_bytes()[:4] != b"MDMP"


def after_the_first(fail: Callable[..., None]) -> Callable[..., object]:
    calls = iter([True])

    def answer(*arguments: object) -> object:
        return None if next(calls, False) else fail(*arguments)

    return answer


def test_a_dump_error_of_a_callback_is_kept(dumper: Dumper) -> None:
    class Fail(DumpCallback):
        def thread(self, event: ThreadCallback) -> ThreadWriteFlags | None:
            raise DumpError(E_DISK_FULL, f"No more of {event.thread_id}.")

    with target() as child, pytest.raises(DumpError, match="No more of"):
        dumper(child, callback=Fail())


def test_keyboard_interrupt_is_not_lost(dumper: Dumper) -> None:
    class Interrupt(DumpCallback):
        def thread(self, event: ThreadCallback) -> ThreadWriteFlags | None:
            raise KeyboardInterrupt(event.thread_id)

    with target() as child:
        with pytest.raises(KeyboardInterrupt):
            dumper(child, callback=Interrupt())
        assert child.answers()


class FailingSink:
    """Takes so many bytes, then fails."""

    def __init__(self, error: OSError, room: int) -> None:
        self.error = error
        self.room = room

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        del offset
        self.room -= len(data)
        if self.room < 0:
            raise self.error


@pytest.mark.parametrize(
    ("error", "hresult"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), E_DISK_FULL),
        (OSError(errno.EIO, "Input/output error"), E_WRITE_FAULT),
    ],
)
@pytest.mark.parametrize("room", [0, 20_000, 4 << 20])
def test_failing_sink(error: OSError, hresult: int, room: int, dumper: Dumper) -> None:
    with target(megabytes=8) as child:
        with pytest.raises(DumpError) as caught:
            dumper(child, _M.WithFullMemory, sink=FailingSink(error, room))
        assert child.answers()
    assert caught.value.hresult == hresult
    assert caught.value.kind is ErrorKind.DESTINATION


def test_target_gone_in_the_middle(dumper: Dumper) -> None:
    class Kill(DumpCallback):
        def progress(self, progress: Progress) -> None:
            if progress.done > 16 << 20:
                child.kill()

    with target(megabytes=64) as child, pytest.raises(DumpError) as caught:
        dumper(child, _M.WithFullMemory, callback=Kill())
    assert caught.value.kind is ErrorKind.NO_PROCESS


def test_writing_through_the_callback_alone(dumper: Dumper) -> None:
    class Collect(DumpCallback):
        def __init__(self) -> None:
            self.data = bytearray()
            self.offsets: list[int] = []
            self.finished = 0

        def io_start(self) -> bool:
            return True

        def io_write_all(self, event: IoWriteAll) -> None:
            end = event.offset + len(event.data)
            self.data.extend(bytes(max(end - len(self.data), 0)))
            self.data[event.offset : end] = event.data
            self.offsets.append(event.offset)

        def io_finish(self) -> None:
            self.finished += 1

    collect = Collect()
    nowhere = FailingSink(OSError(errno.EIO, "must not be used"), 0)
    with target() as child:
        captured, _ = dumper(child, callback=collect, sink=nowhere)
    assert struct.unpack_from("<4s", collect.data) == (b"MDMP",)
    assert len(collect.data) == captured.size
    assert collect.offsets[-1] == 0  # the header comes last
    assert collect.finished == 1


def test_snapshot_mode_falls_back_with_a_reason(dumper: Dumper) -> None:
    from dumpengine.windows import api, pss

    if pss.available(api.kernel32()):
        pytest.skip("this system makes snapshots")
    with target() as child:
        captured, _ = dumper(child, mode=Mode.SNAPSHOT)
    assert captured.mode is Mode.STOP
    assert any("snapshot" in warning for warning in captured.warnings)


def test_dumping_oneself(dumper: Dumper) -> None:
    """The caller's own thread has registers of its own, and a stack."""
    import os
    import threading

    pid, tid = os.getpid(), threading.get_native_id()
    streams = (UserStream(0x10001, b"mine"),)
    asked = ExceptionInformation(tid, code=0xE0000001, parameters=(7,))
    me = type("Me", (), {"pid": pid})()
    captured, path = dumper(me, exception=asked, user_streams=streams)
    assert captured.size == path.stat().st_size
    assert any("dumps itself" in warning for warning in captured.warnings)
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
        assert dump.stream(0x10001) == b"mine"
        mine = next(thread for thread in snapshot.threads if thread.tid == tid)
        assert not isinstance(mine.registers, Absent)
        assert read_memory(dump.memory, mine.registers.sp, 64)
        found = snapshot.exception
    assert not isinstance(found, Absent)
    assert (found.thread_id, found.code, found.parameters) == (tid, 0xE0000001, (7,))


def test_dumping_oneself_can_fail(dumper: Dumper) -> None:
    import os

    me = type("Me", (), {"pid": os.getpid()})()
    with pytest.raises(DumpError) as caught:
        dumper(me, started=1234.5)
    assert caught.value.kind is ErrorKind.NO_PROCESS
