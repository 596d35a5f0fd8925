"""The DLL under test is Microsoft's, also where the system brings an imitation of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dumpengine.callbacks import DumpCallback
from dumpengine.dump_types import MinidumpType
from dumpengine.job import Captured, CaptureJob
from dumpengine.options import CaptureOptions
from tests.support.windows import Dumper, FileSink, Target


@pytest.fixture(autouse=True)
def microsoft_dll(monkeypatch: pytest.MonkeyPatch) -> None:
    """MS_DBGCORE names Microsoft's dbgcore.dll on a system that is not Windows itself."""
    if path := os.environ.get("MS_DBGCORE"):
        monkeypatch.setenv("DUMPENGINE_DLL", path)


@pytest.fixture
def dumper(tmp_path: Path) -> Dumper:
    """Dump a target into a file of this test's."""
    from dumpengine.backends.windows.backend import capture_process

    def dump(
        of: Target, dump_type: int = 0, callback: DumpCallback | None = None, **asked: object
    ) -> tuple[Captured, Path]:
        sink = FileSink(tmp_path / "it.dmp")
        started = asked.pop("started", 0.0)
        sink_used = asked.pop("sink", sink)
        options = CaptureOptions(dump_type=MinidumpType(dump_type), **asked)  # type: ignore[arg-type]
        request = CaptureJob(of.pid, started, options, sink_used, callback or DumpCallback())  # type: ignore[arg-type]
        try:
            return capture_process(request), sink.path
        finally:
            sink.close()

    return dump
