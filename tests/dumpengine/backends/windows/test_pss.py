"""PSS snapshots: the calls in order, with the system played; runs everywhere."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from dumpengine.backends.windows.process import REQUIRED, Target
from dumpengine.backends.windows.pss import (
    NoSnapshot,
    PssFlags,
    PssSnapshot,
    available,
    flags_for,
    snapshot_of,
)
from dumpengine.dump_types import MinidumpType

TARGET = Target(pid=42, handle=0x77, access=REQUIRED)


class LivingProcess:
    """Says of every process that it has not ended."""

    def GetExitCodeProcess(self, _process: int, code: Any) -> int:
        code._obj.value = 259  # STILL_ACTIVE
        return 1


class Kernel(LivingProcess):
    """Records the calls; PssCaptureSnapshot returns ``code``."""

    def __init__(self, code: int = 0) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.code = code

    def PssCaptureSnapshot(self, process: int, flags: int, context: int, handle: Any) -> int:
        self.calls.append(("capture", process, flags, context))
        if not self.code:
            handle._obj.value = 0x5555
        return self.code

    def PssFreeSnapshot(self, process: int, handle: ctypes.c_void_p) -> int:
        self.calls.append(("free", process, handle.value))
        return 0

    def GetCurrentProcess(self) -> int:
        return -1


class OldKernel(LivingProcess):
    PssCaptureSnapshot = None
    PssFreeSnapshot = None


def test_captured_and_freed() -> None:
    kernel = Kernel()
    with snapshot_of(kernel, TARGET, MinidumpType.WithFullMemory) as made:
        assert isinstance(made, PssSnapshot)
        assert made.handle == 0x5555
        assert [name for name, *_ in kernel.calls] == ["capture"]
    expected = flags_for(MinidumpType.WithFullMemory)
    assert kernel.calls == [("capture", 0x77, expected, 0x10001F), ("free", -1, 0x5555)]


def test_freed_when_the_dump_fails() -> None:
    kernel = Kernel()
    with pytest.raises(ZeroDivisionError), snapshot_of(kernel, TARGET, 0):
        raise ZeroDivisionError
    assert kernel.calls[-1] == ("free", -1, 0x5555)


def test_refused_with_the_reason() -> None:
    kernel = Kernel(code=5)
    with snapshot_of(kernel, TARGET, 0) as made:
        assert isinstance(made, NoSnapshot)
        assert "0x80070005" in made.reason
    assert [name for name, *_ in kernel.calls] == ["capture"]


def test_a_system_without_snapshots() -> None:
    assert available(Kernel())
    assert not available(OldKernel())


def test_handles_are_captured_only_for_handle_data() -> None:
    assert not flags_for(0) & PssFlags.HANDLES
    assert flags_for(MinidumpType.WithHandleData) & PssFlags.HANDLE_NAME_INFORMATION


def test_extended_registers_only_when_asked_for() -> None:
    kernel = Kernel()
    with snapshot_of(kernel, TARGET, MinidumpType.WithAvxXStateContext):
        pass
    _, _, flags, context = kernel.calls[0]
    assert flags & PssFlags.THREAD_CONTEXT_EXTENDED
    assert context == 0x10005F
    assert not flags_for(0) & PssFlags.THREAD_CONTEXT_EXTENDED
