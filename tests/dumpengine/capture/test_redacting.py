"""Dumps without private things, of which the system's own writer knows nothing."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from dumpengine import MinidumpType, UserStream, check_dump, open_dump, write_dump
from dumpengine.callbacks import DumpCallback, IncludeThread, IoWriteAll, Progress, ThreadWriteFlags
from dumpengine.errors import E_CANCELLED, DumpError
from tests.support.windows import needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

FULL = MinidumpType.WithFullMemory
SECRET = "hunter2-hunter2".encode("utf-16-le")


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The targets have a secret in their environment."""
    monkeypatch.setenv("TOKEN_FOR_THE_TEST", SECRET.decode("utf-16-le"))


class Watch(DumpCallback):
    """Leaves the main thread out, and takes the bytes where it is told to."""

    def __init__(self, leave: int, *, takes: bool) -> None:
        self.leave = leave
        self.takes = takes
        self.data = bytearray()
        self.asked: list[int] = []

    def include_thread(self, event: IncludeThread) -> ThreadWriteFlags | None:
        self.asked.append(event.thread_id)
        return None if event.thread_id == self.leave else event.write_flags

    def io_start(self) -> bool:
        return self.takes

    def io_write_all(self, event: IoWriteAll) -> None:
        end = event.offset + len(event.data)
        self.data.extend(bytes(max(end - len(self.data), 0)))
        self.data[event.offset : end] = event.data


@pytest.mark.parametrize("dump_type", [0x100, FULL])
def test_the_environment_is_gone_and_the_rest_is_there(tmp_path: Path, dump_type: int) -> None:
    stream = UserStream(0x10001, b"mine")
    path = tmp_path / "x.dmp"
    with target(threads=3) as child:
        write_dump(child.pid, tmp_path / "whole.dmp", dump_type)
        watch = Watch(child.main_thread, takes=False)
        result = write_dump(
            child.pid, path, dump_type, callback=watch, user_streams=[stream], redact=True
        )
        assert child.answers()
    # Full memory holds the copies that the program made as well.
    found = [(tmp_path / name).read_bytes().count(SECRET) for name in ("whole.dmp", "x.dmp")]
    assert found[0] > found[1]
    assert found[1] == 0 or dump_type == FULL
    assert any("nvironment" in warning for warning in result.warnings)
    assert (result.size, result.threads) == (path.stat().st_size, 2)
    assert len(watch.asked) == 3
    assert check_dump(path).ok
    with open_dump(path) as dump:
        assert dump.stream(0x10001) == b"mine"
        assert child.main_thread not in {thread.tid for thread in dump.snapshot().threads}


def test_a_callback_that_takes_the_bytes_sees_redacted_ones_only() -> None:
    with target() as child:
        watch = Watch(0, takes=True)
        result = write_dump(child.pid, io.BytesIO(), 0x100, callback=watch, redact=True)
    assert watch.data[:4] == b"MDMP"
    assert len(watch.data) == result.size
    assert SECRET not in watch.data


def test_cancelled(tmp_path: Path) -> None:
    class Late(DumpCallback):
        finishing = False

        def progress(self, progress: Progress) -> None:
            self.finishing |= progress.running and bool(progress.done)

        def cancel(self) -> bool:
            return self.finishing

    with target(megabytes=16) as child:
        with pytest.raises(DumpError) as caught:
            write_dump(child.pid, tmp_path / "x.dmp", FULL, callback=Late(), redact=True)
        assert child.answers()
    assert caught.value.hresult == E_CANCELLED
    assert os.listdir(tmp_path) == []
