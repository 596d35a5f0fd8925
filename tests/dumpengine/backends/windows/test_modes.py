"""Snapshot or standstill: which is chosen, and what the result says; the system is played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from dumpengine.backends.windows import api, capture, dll, process, pss, regions
from dumpengine.backends.windows.standstill import Standstill
from dumpengine.callbacks import CallbackType
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_ACCESSDENIED, E_PARTIAL_COPY, DumpError
from dumpengine.job import Captured, CaptureJob
from dumpengine.options import CaptureOptions, Mode
from tests.dumpengine.backends.windows.test_call import Nowhere, ask, write_header
from tests.dumpengine.backends.windows.test_pss import Kernel, OldKernel

LIVE, SNAPSHOT = 0x77, 0x5555
FULL = MinidumpType.WithFullMemory


class System:
    """A kernel and a DLL; ``fails`` maps the handle dumped to the error of that dump."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel
        self.fails: dict[int, int] = {}
        self.dumped: list[tuple[int, int]] = []  # handle, answer to IsProcessSnapshot
        self.stops: list[str] = []
        self.rights = 0

    def write_dump(self, handle: int, *arguments: Any) -> int:
        callback = arguments[5]._obj
        _, answer = ask(callback, CallbackType.IsProcessSnapshot)
        self.dumped.append((handle, answer.Status))
        ask(callback, CallbackType.IncludeThread)
        write_header(callback)
        api.set_last_error(self.fails.get(handle, 0))
        return handle not in self.fails

    @contextmanager
    def open_target(self, pid: int, _started: float, rights: int) -> Iterator[process.Target]:
        self.rights = rights
        yield process.Target(pid, LIVE, rights)

    @contextmanager
    def watched(self, _target: process.Target, still: Standstill) -> Iterator[None]:
        yield
        still.release()

    def stop(self, still: Standstill) -> None:
        assert not still.stopped
        self.stops.append(f"stopped after {calls(self)}")
        still.stopped = True


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    system = System(Kernel())
    library = dll.Library("C:\\dbgcore.dll", "10.0", system.write_dump)
    monkeypatch.setattr(dll, "choose", lambda: library)
    monkeypatch.setattr(api, "kernel32", lambda: system.kernel)
    monkeypatch.setattr(process, "open_target", system.open_target)
    monkeypatch.setattr(process, "architecture", lambda _: None)
    monkeypatch.setattr(process.Target, "running", property(lambda _: True))
    monkeypatch.setattr(regions, "walk", lambda _: iter(()))
    monkeypatch.setattr(capture, "watched", system.watched)
    monkeypatch.setattr(Standstill, "stop", lambda still: system.stop(still))  # noqa: PLW0108
    return system


def dump(mode: Mode, dump_type: int = FULL) -> Captured:
    options = CaptureOptions(dump_type=MinidumpType(dump_type), mode=mode)
    return capture.capture(CaptureJob(42, 0.0, options, Nowhere()))


def calls(system: System) -> list[str]:
    return [name for name, *_ in getattr(system.kernel, "calls", ())]


@pytest.mark.parametrize("mode", [Mode.SNAPSHOT, Mode.AUTO])
def test_a_snapshot_is_dumped_and_freed(mode: Mode, system: System) -> None:
    captured = dump(mode)
    assert captured.mode is Mode.SNAPSHOT
    assert system.dumped == [(SNAPSHOT, api.S_FALSE)]
    assert calls(system) == ["capture", "free"]
    assert system.stops == ["stopped after []"]  # for the snapshot, not for the dump
    assert system.rights & api.PROCESS_CREATE_PROCESS


def test_a_small_dump_needs_no_snapshot(system: System) -> None:
    captured = dump(Mode.AUTO, MinidumpType.Normal)
    assert captured.mode is Mode.STOP
    assert system.dumped == [(LIVE, api.S_OK)]
    assert calls(system) == []
    assert system.stops == ["stopped after []"]
    assert not system.rights & api.PROCESS_CREATE_PROCESS


def test_standstill_when_asked_for(system: System) -> None:
    assert dump(Mode.STOP).mode is Mode.STOP
    assert calls(system) == []


def test_a_snapshot_that_is_refused(system: System) -> None:
    system.kernel = Kernel(code=5)
    captured = dump(Mode.SNAPSHOT)
    assert captured.mode is Mode.STOP
    assert system.dumped == [(LIVE, api.S_OK)]
    assert any("0x80070005" in warning for warning in captured.warnings)


def test_a_system_without_snapshots(system: System) -> None:
    system.kernel = OldKernel()
    assert dump(Mode.AUTO).warnings == ("Written by dbgcore.dll 10.0 (C:\\dbgcore.dll).",)
    assert any("no process snapshots" in warning for warning in dump(Mode.SNAPSHOT).warnings)


def test_memory_missing_in_the_snapshot_is_taken_from_the_process(system: System) -> None:
    system.fails[SNAPSHOT] = E_PARTIAL_COPY
    captured = dump(Mode.SNAPSHOT)
    assert captured.mode is Mode.STOP
    assert system.dumped[-1] == (LIVE, api.S_OK)
    assert calls(system) == ["capture", "free"]
    assert system.stops == ["stopped after []", "stopped after ['capture', 'free']"]
    assert any("lacked memory" in warning for warning in captured.warnings)


def test_the_snapshot_is_freed_when_the_dump_fails(system: System) -> None:
    system.fails[SNAPSHOT] = E_ACCESSDENIED
    with pytest.raises(DumpError) as caught:
        dump(Mode.SNAPSHOT)
    assert caught.value.hresult == E_ACCESSDENIED
    assert calls(system) == ["capture", "free"]


def test_snapshot_flags_are_those_of_the_dump(system: System) -> None:
    dump(Mode.SNAPSHOT, FULL | MinidumpType.WithHandleData)
    _, handle, flags, _ = system.kernel.calls[0]
    assert handle == LIVE
    assert flags == pss.flags_for(FULL | MinidumpType.WithHandleData)
