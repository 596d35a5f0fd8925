"""Callbacks and streams are those that Microsoft's DLL was recorded with."""

from __future__ import annotations

import pytest

from dumpengine.read.dump import Dump, open_dump
from tests.support.oracle import order, recordings
from tests.support.windows import Dumper, Recorder, needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]


def stream_types(dump: Dump) -> list[int]:
    return [entry.type for entry in dump.streams]


@pytest.mark.parametrize(
    "recording", [r for r in recordings() if r.ok], ids=lambda r: f"0x{r.dump_type:x}"
)
def test_flag_gives_the_callbacks_and_streams_recorded(
    recording, dumper: Dumper, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dumpengine.backends.windows import callback

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
    from dumpengine.backends.windows import callback

    recorder = Recorder()
    monkeypatch.setattr(callback.Bridge, "_enter", recorder.watch(callback.Bridge))
    with target(threads=4) as child:
        dumper(child, recording.dump_type)
    # The recorder let IoFinish fail, so WriteKernelMinidump is missing there.
    unlike = {"Cancel", "IncludeVmRegion", "WriteKernelMinidump"}
    assert order(recorder.calls, unlike) == order(recording.callbacks, unlike)
