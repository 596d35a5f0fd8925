"""What a callback decides, supplies, or does wrong."""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from dumpengine.callbacks import (
    DumpCallback,
    IncludeModule,
    IncludeThread,
    IncludeVmRegion,
    IoWriteAll,
    ModuleWriteFlags,
    ThreadCallback,
    ThreadWriteFlags,
    VmRead,
)
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_CALLBACK_EXCEPTION, E_DISK_FULL, DumpError
from dumpengine.read.dump import open_dump
from dumpengine.snapshot import Range, read_memory
from tests.support.windows import Dumper, FailingSink, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

_M = MinidumpType


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
            child.black_out(event.address, event.buffer)

    with target() as child:
        _, path = dumper(child, _M.WithFullMemory, callback=Redact())
    with open_dump(path) as dump:
        assert read_memory(dump.memory, child.secret, 36) == b"*" * 36


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
