"""Dumps without private things, of which the system's own writer knows nothing."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dumpengine import MinidumpType, UserStream, check_dump, open_dump, write_dump
from dumpengine.callbacks import DumpCallback, IncludeThread, IoWriteAll, Progress, ThreadWriteFlags
from dumpengine.dump_types import PRESETS
from dumpengine.errors import E_CANCELLED, DumpError
from tests.support.secrets import ARGUMENT, ENVIRONMENT, PLANTED, leaks
from tests.support.windows import needs_windows, target

pytestmark = [needs_windows, pytest.mark.live]

FULL = MinidumpType.WithFullMemory
# Keeps copies as a program would, and waits.
COPIES = """
import os, sys
values = [*os.environ.values(), *sys.argv]
kept = [v.encode(e, "replace") for v in values for e in ("utf-8", "utf-16-le", "utf-32-le")]
kept.append([os.path.join(v, v) for v in values])
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """The targets have secrets in their environment."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name if name != "PATH" else "OTHER_PATH", value)


@pytest.fixture
def copying() -> Iterator[int]:
    command = [sys.executable, "-c", COPIES, ARGUMENT]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    yield child.pid
    child.kill()
    child.communicate()


@pytest.mark.parametrize("preset", PRESETS)
def test_nothing_of_the_secrets_is_in_a_dump_to_be_passed_on(
    copying: int, preset: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.dmp"
    result = write_dump(copying, path, PRESETS[preset].value, redact=True)
    assert leaks(path) == set()
    assert check_dump(path).ok
    assert not any("could not be found" in warning for warning in result.warnings)


def test_nor_in_a_triage_dump(copying: int, tmp_path: Path) -> None:
    path = tmp_path / "x.dmp"
    triage = PRESETS["triage"].value
    result = write_dump(copying, path, triage)
    assert leaks(path) == set()
    assert result.dump_type & ~MinidumpType.WithHandleData == triage & ~MinidumpType.WithHandleData
    with open_dump(path) as dump:
        assert not any("\\" in module.path for module in dump.snapshot().modules)


def test_the_search_finds_what_is_there(copying: int, tmp_path: Path) -> None:
    write_dump(copying, tmp_path / "x.dmp", FULL)
    assert {encoding for _, encoding in leaks(tmp_path / "x.dmp")} >= {"utf-8", "utf-16-le"}


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
    assert leaks(tmp_path / "whole.dmp")
    assert leaks(path) == set()
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
    assert PLANTED.encode("utf-16-le") not in watch.data


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
