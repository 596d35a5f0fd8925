"""Captures of real processes with the real MiniDumpWriteDump."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from dumpengine.callbacks import Cancel, DumpCallback, Phase, Progress
from dumpengine.dump_types import PRESETS, MinidumpType
from dumpengine.errors import E_CANCELLED, E_DISK_FULL, E_WRITE_FAULT, DumpError, ErrorKind
from dumpengine.format.threads import MINIDUMP_THREAD
from dumpengine.job import CaptureJob
from dumpengine.options import CaptureOptions, Mode, UserStream
from dumpengine.read.dump import open_dump
from dumpengine.snapshot import Absent, read_memory
from tests.support.windows import Dumper, FailingSink, FileSink, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

_M = MinidumpType


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
    from dumpengine.backends.windows.capture import capture

    with target() as child:
        pid = child.pid
    sink = FileSink(tmp_path / "x")
    with pytest.raises(DumpError) as caught:
        capture(CaptureJob(pid, 0.0, CaptureOptions(dump_type=_M.Normal), sink))
    sink.close()
    assert caught.value.kind is ErrorKind.NO_PROCESS


def test_target_gone_in_the_middle(dumper: Dumper) -> None:
    class Kill(DumpCallback):
        def progress(self, progress: Progress) -> None:
            if progress.done > 16 << 20:
                child.kill()

    with target(megabytes=64) as child, pytest.raises(DumpError) as caught:
        dumper(child, _M.WithFullMemory, callback=Kill())
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


def test_snapshot_mode_falls_back_with_a_reason(dumper: Dumper) -> None:
    from dumpengine.backends.windows import api, pss

    if pss.available(api.kernel32()):
        pytest.skip("this system makes snapshots")
    with target() as child:
        captured, _ = dumper(child, mode=Mode.SNAPSHOT)
    assert captured.mode is Mode.STOP
    assert any("snapshot" in warning for warning in captured.warnings)
