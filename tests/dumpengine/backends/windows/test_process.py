"""What a process runs, with the system played; runs everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from dumpengine.backends.windows import api, process
from dumpengine.snapshot import Architecture

AMD64, ARM64, X86 = 0x8664, 0xAA64, 0x14C


class Kernel:
    """A Windows on ``native``; ``tells`` what GetProcessInformation says, None for Windows 10."""

    def __init__(self, native: int, wow64: int = 0, tells: int | None = None) -> None:
        self.native = native
        self.wow64 = wow64
        self.tells = tells
        if tells is None:
            self.GetProcessInformation = None  # type: ignore[assignment]

    def GetProcessInformation(self, _handle: int, kind: int, into: Any, size: int) -> int:
        assert (kind, size) == (9, 8)
        into._obj[0] = self.tells
        return 1

    def IsWow64Process2(self, _handle: int, machine: Any, native: Any) -> int:
        machine._obj.value, native._obj.value = self.wow64, self.native
        return 1


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (Kernel(AMD64), Architecture.AMD64),
        (Kernel(AMD64, wow64=X86), Architecture.X86),
        (Kernel(ARM64, tells=AMD64), Architecture.AMD64),  # emulated, and called native else
        (Kernel(ARM64, tells=ARM64), Architecture.ARM64),
        (Kernel(ARM64, wow64=X86, tells=X86), Architecture.X86),
        (Kernel(ARM64, wow64=X86, tells=0), Architecture.X86),
        (Kernel(0x1234), Architecture.UNKNOWN),
    ],
)
def test_architecture(
    kernel: Kernel, expected: Architecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "kernel32", lambda: kernel)
    assert process.architecture(1) is expected
