"""The conversation with the helper on Windows: two inherited pipes and a duplicated file handle.

The helper belongs to a job that ends with whoever holds it, so that nothing is left behind. What
guards the target (:mod:`dumpengine.backends.windows.guard`) breaks away from that job on purpose.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from ctypes import byref
from typing import Any

from dumpengine.backends.windows import api
from dumpengine.backends.windows.unseen import Unseen

MAX_LINE = 16 << 20  # bytes, as in the conversation's protocol
_EXTENDED_LIMIT_INFORMATION = 9  # JOBOBJECTINFOCLASS
_BREAKAWAY_OK = 0x800
_KILL_ON_JOB_CLOSE = 0x2000
_BLOCK = 1 << 16


class JOBOBJECT_EXTENDED_LIMIT_INFORMATION(ctypes.Structure):
    """Limits of a job; only ``LimitFlags`` is used, the rest is there for its size."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class PipeChannel:
    """One end of the conversation; see :class:`dumpengine.helper.channel.Channel`.

    ``peer`` is the other process's handle on the side that sends files, 0 on the side that
    receives them.
    """

    def __init__(self, reading: int, writing: int, peer: int = 0) -> None:
        self._writing = writing
        self._peer = peer
        self._lock = threading.Lock()
        self._lines: queue.SimpleQueue[bytes | Exception | None] = queue.SimpleQueue()
        self._files: list[int] = []
        # A read cannot be given up on Windows, so a thread of its own does the waiting.
        threading.Thread(target=self._read, args=(reading,), daemon=True).start()

    def send(self, line: bytes, file: int | None = None) -> None:
        """Send a line, with an open file if given; raises OSError when the other end is gone."""
        if file is not None:
            line = file_message(_duplicate(handle_of(file), self._peer)) + line
        view = memoryview(line)
        with self._lock:
            if self._writing < 0:
                raise BrokenPipeError("the conversation has ended")
            while view:
                view = view[os.write(self._writing, view[:_BLOCK]) :]

    def receive(self, timeout: float | None = None) -> bytes | None:
        """Return the next line, None at the end; raises TimeoutError or OSError."""
        while True:
            try:
                line = self._lines.get(timeout=timeout)
            except queue.Empty:
                raise TimeoutError from None
            if isinstance(line, Exception):
                raise line
            if line is None:
                self._lines.put(None)
                return None
            if self._peer or not self._is_file(line):
                return line

    def take_file(self) -> int | None:
        """Return the file that came along, once."""
        return self._files.pop(0) if self._files else None

    def close(self) -> None:
        """End the conversation; the other end sees the end of its pipe."""
        with self._lock:
            if self._writing >= 0:
                os.close(self._writing)
                self._writing = -1

    def _read(self, reading: int) -> None:
        received = bytearray()
        try:
            while data := os.read(reading, _BLOCK):
                received += data
                *lines, rest = received.split(b"\n")
                for line in lines:
                    self._lines.put(bytes(line))
                received = bytearray(rest)
                if len(received) > MAX_LINE:
                    self._lines.put(OSError("a line is too long"))
                    break
        except OSError:  # the other end was killed
            pass
        self._lines.put(None)
        os.close(reading)

    def _is_file(self, line: bytes) -> bool:
        if not is_file_message(line):
            return False
        handle = json.loads(line)["handle"]
        self._files.append(file_of(handle, os.O_RDWR))
        return True


class Helper(Unseen):
    """A helper process in a job of its own."""

    job: int = 0

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and let go of the job then."""
        code = super().wait(timeout)
        if self.job:
            api.kernel32().CloseHandle(self.job)
            self.job = 0
        return code


def start(command: Sequence[str]) -> tuple[Helper, PipeChannel]:
    """Start a helper; its standard input and output are the conversation. Raises OSError."""
    their_reading, our_writing = os.pipe()
    our_reading, their_writing = os.pipe()
    try:
        # Without a console no Ctrl-C reaches it.
        helper = Helper(command, stdin=their_reading, stdout=their_writing)
    except OSError:
        os.close(our_writing)
        os.close(our_reading)
        raise
    finally:
        os.close(their_reading)
        os.close(their_writing)
    handle = int(helper._handle)  # type: ignore[attr-defined]  # there is no public name for it
    helper.job = _job_of(handle)
    return helper, PipeChannel(our_reading, our_writing, handle)


def own_channel() -> PipeChannel:
    """Return the helper's end, taken off standard input and output, where nothing may stray."""
    reading, writing = os.dup(0), os.dup(1)
    with open(os.devnull, "r+b") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    return PipeChannel(reading, writing)


def _job_of(process: int) -> int:
    """Put a process into a new job that ends with its handle; 0 where that is not allowed."""
    kernel = api.kernel32()
    job: int | None = kernel.CreateJobObjectW(None, None)
    if not job:
        return 0
    limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION()
    limits.LimitFlags = _KILL_ON_JOB_CLOSE | _BREAKAWAY_OK
    size = ctypes.sizeof(limits)
    set_up = kernel.SetInformationJobObject(job, _EXTENDED_LIMIT_INFORMATION, byref(limits), size)
    if set_up and kernel.AssignProcessToJobObject(job, process):
        return job
    with suppress(OSError):
        kernel.CloseHandle(job)
    return 0


def _duplicate(handle: int, process: int) -> int:
    kernel = api.kernel32()
    theirs = ctypes.c_void_p()
    done = kernel.DuplicateHandle(
        kernel.GetCurrentProcess(),
        handle,
        process,
        byref(theirs),
        0,
        False,
        api.DUPLICATE_SAME_ACCESS,
    )
    if not done or theirs.value is None:
        raise OSError(f"the file could not be handed over: {api.error_text(api.last_error())}")
    return theirs.value


def file_message(handle: int) -> bytes:
    """Return the line that says that a file comes along."""
    return json.dumps({"message": "file", "handle": handle}).encode() + b"\n"


def is_file_message(line: bytes) -> bool:
    """Return whether a line says that."""
    return line.startswith(b'{"message": "file"')


def handle_of(file: int) -> int:
    """Return the system's handle of an open file; it stays the file's."""
    return int(_msvcrt().get_osfhandle(file))


def file_of(handle: int, flags: int) -> int:
    """Return an open file, for bytes as they are, that owns a system's handle."""
    file: int = _msvcrt().open_osfhandle(handle, flags | getattr(os, "O_BINARY", 0))
    return file


def _msvcrt() -> Any:
    return importlib.import_module("msvcrt")


assert ctypes.sizeof(JOBOBJECT_EXTENDED_LIMIT_INFORMATION) == 80 + 8 * ctypes.sizeof(
    ctypes.c_void_p
)
