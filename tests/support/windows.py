"""Targets and sinks for tests that drive the Windows API."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dumpengine.callbacks import CallbackType
from dumpengine.job import Captured

needs_windows = pytest.mark.skipif(sys.platform != "win32", reason="drives the Windows API")

# Dumps a target, takes a dump type and fields of a CaptureJob; returns the result and the file.
Dumper = Callable[..., tuple[Captured, Path]]

_TARGET = """
import sys, threading, time
for _ in range({threads} - 1):
    threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
secret = b"".join([b"Correct", b"Horse", *[b"Battery!"] * 3])
block = bytearray({megabytes} << 20)
block[:] = b"\\x5a" * len(block)
address = id(secret) + bytes.__basicsize__ - 1  # without ctypes: it would bring modules
print(threading.get_native_id(), address, flush=True)
for line in sys.stdin:
    print("pong", flush=True)
"""


class Target:
    """A child process that answers as long as it runs; ``secret`` is where its secret lies."""

    SECRET = b"CorrectHorse" + b"Battery!" * 3

    def black_out(self, address: int, buffer: memoryview) -> None:
        """Cover what these bytes of the target hold of its secret; it may lie across two reads."""
        start = max(address, self.secret)
        end = min(address + len(buffer), self.secret + len(self.SECRET))
        if start < end:
            buffer[start - address : end - address] = b"*" * (end - start)

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self._child = child
        assert child.stdout is not None
        self.pid = child.pid
        self.main_thread, self.secret = map(int, child.stdout.readline().split())

    @property
    def threads(self) -> list[int]:
        """The ids of its threads."""
        import psutil

        return [thread.id for thread in psutil.Process(self.pid).threads()]

    def answers(self) -> bool:
        """Ask it something; a target that stands still never answers and the test times out."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write("ping\n")
        self._child.stdin.flush()
        return self._child.stdout.readline() == "pong\n"

    def kill(self) -> None:
        """End it and wait until it is gone."""
        self._child.kill()
        self._child.wait()


@contextmanager
def target(threads: int = 4, megabytes: int = 0) -> Iterator[Target]:
    """Run a process with so many threads and so much memory."""
    code = _TARGET.format(threads=threads, megabytes=megabytes)
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Target(child)
    finally:
        child.kill()
        child.communicate()


class FileSink:
    """A dump's file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("w+b")

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Write all of it."""
        self._file.seek(offset)
        self._file.write(data)

    def close(self) -> Path:
        """Finish; returns the path."""
        self._file.close()
        return self.path


class FailingSink:
    """Takes so many bytes, then fails."""

    def __init__(self, error: OSError, room: int) -> None:
        self.error = error
        self.room = room

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        del offset
        self.room -= len(data)
        if self.room < 0:
            raise self.error


class Recorder:
    """Mixed into a DumpCallback, lists every callback the DLL makes."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def watch(self, bridge_type: type) -> object:
        """Return a replacement for ``bridge_type._enter`` that records."""
        original = bridge_type._enter  # type: ignore[attr-defined]
        calls = self.calls

        def enter(bridge: object, param: int | None, given: int, answer: int) -> int:
            from dumpengine.backends.windows.structs import MINIDUMP_CALLBACK_INPUT

            kind = MINIDUMP_CALLBACK_INPUT.from_address(given).CallbackType
            calls.append(CallbackType(kind).name)
            return int(original(bridge, param, given, answer))

        return enter
