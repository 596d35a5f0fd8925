"""A process that dumps itself."""

from __future__ import annotations

import os
import threading

import pytest

from dumpengine.callbacks import (
    DumpCallback,
    IncludeModule,
    IncludeThread,
    ModuleWriteFlags,
    ThreadWriteFlags,
)
from dumpengine.errors import DumpError, ErrorKind
from dumpengine.options import ExceptionInformation, UserStream
from dumpengine.read.dump import open_dump
from dumpengine.snapshot import Absent, read_memory
from tests.support.windows import Dumper, needs_windows

pytestmark = [needs_windows, pytest.mark.live]


def test_dumping_oneself(dumper: Dumper) -> None:
    """The caller's own thread has registers of its own, and a stack."""
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


def test_threads_and_modules_are_chosen_beforehand(dumper: Dumper) -> None:
    """The page's way out: a worker thread makes the call and is filtered from the dump."""
    worker = threading.get_native_id()

    class Choose(DumpCallback):
        def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
            return None if event.thread_id == worker else event.write_flags

        def include_module(self, event: IncludeModule) -> ModuleWriteFlags | None:
            return event.write_flags if event.base == 0x140000000 else None

    idle = threading.Event()
    other = threading.Thread(target=idle.wait)
    other.start()
    try:
        _, path = dumper(type("Me", (), {"pid": os.getpid()})(), callback=Choose())
    finally:
        idle.set()
        other.join()
    with open_dump(path) as dump:
        snapshot = dump.snapshot()
    tids = {thread.tid for thread in snapshot.threads}
    assert worker not in tids
    assert tids
    assert [module.base for module in snapshot.modules] == [0x140000000]


def test_dumping_oneself_can_fail(dumper: Dumper) -> None:
    me = type("Me", (), {"pid": os.getpid()})()
    with pytest.raises(DumpError) as caught:
        dumper(me, started=1234.5)
    assert caught.value.kind is ErrorKind.NO_PROCESS
