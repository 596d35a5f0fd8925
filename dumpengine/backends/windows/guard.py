"""Lets a target run on when the process that held its threads still is killed.

Windows does not undo SuspendThread when the one who called it dies. Before a process is stopped,
a second one is started that does nothing but read a pipe: when the pipe ends without the word
``done``, it resumes what was left suspended. It is of no use only where both are killed at once
and the system does not undo the suspension by itself (:mod:`.threads`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import IO

from dumpengine.backends.windows import api
from dumpengine.backends.windows.process import Target, check_identity, open_handle, start_time
from dumpengine.backends.windows.standstill import Standstill
from dumpengine.backends.windows.threads import open_thread, suspend_count
from dumpengine.backends.windows.toolhelp import thread_ids
from dumpengine.backends.windows.unseen import CREATE_BREAKAWAY_FROM_JOB, Unseen
from dumpengine.errors import DumpError

DONE = b"done\n"
MODULE = "dumpengine.backends.windows.guard"
# What a guard runs: nothing is imported before it is needed, so that it costs the capture nothing.
_PROGRAM = f"""
import sys
data = sys.stdin.buffer.read()
if not data.endswith({DONE!r}):
    import io
    from {MODULE} import watch
    watch(io.BytesIO(data))
"""
_MAX_SUSPEND_COUNT = 127
_LAST_BREATH_MS = 2000  # for the end of the one who held the threads


@contextmanager
def watched(target: Target, still: Standstill) -> Iterator[None]:
    """Inside the block the target may be stopped: it is released at its end, or when we die."""
    with _guard() as pipe:
        _tell(pipe, _order(target))
        still.told = lambda counts: _tell(pipe, _counts(counts))
        try:
            yield
        finally:
            still.release()
            still.told = None
            _tell(pipe, DONE)


@contextmanager
def _guard() -> Iterator[IO[bytes]]:
    """Start a guard; yields the pipe it reads.

    One that cannot be started, or is killed, is no reason not to dump: it is needed when all else
    fails.
    """
    guard = _start()
    if guard is None:
        yield BytesIO()
        return
    assert guard.stdin is not None
    with guard:
        try:
            yield guard.stdin
        finally:
            guard.kill()
            with suppress(OSError):  # what a guard that was killed has not read is still there
                guard.stdin.close()


def _tell(pipe: IO[bytes], line: bytes) -> None:
    with suppress(OSError):
        pipe.write(line)
        pipe.flush()


def command() -> list[str]:
    """Return how this very program is started as a guard."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--module", MODULE]
    return [sys.executable, "-c", _PROGRAM]


def _start() -> Unseen | None:
    nothing = subprocess.DEVNULL
    # Outside the job that ends the capturing process, where that is allowed.
    for flags in (CREATE_BREAKAWAY_FROM_JOB, 0):
        with suppress(OSError):
            return Unseen(
                command(), stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, flags=flags
            )
    return None


def _order(target: Target) -> bytes:
    order = {"pid": target.pid, "started": start_time(target.handle), "holder": os.getpid()}
    counts = {tid: _count(tid) for tid in thread_ids(target.pid)}
    return json.dumps(order).encode() + b"\n" + _counts(counts)


def _counts(counts: Mapping[int, int]) -> bytes:
    """The counts that are not 0: a short line, for a pipe nobody reads yet."""
    return json.dumps({tid: count for tid, count in counts.items() if count}).encode() + b"\n"


def _count(thread_id: int) -> int:
    with open_thread(thread_id, api.THREAD_QUERY_INFORMATION) as handle:
        return (handle and suspend_count(handle)) or 0


def release(pid: int, counts: Mapping[int, int]) -> int:
    """Bring every thread's suspend count back to ``counts`` (0 where it names none).

    Returns how many threads were suspended more often than that.
    """
    return sum(_release_thread(tid, counts.get(tid, 0)) for tid in thread_ids(pid))


def _release_thread(thread_id: int, allowed: int) -> bool:
    kernel = api.kernel32()
    with open_thread(thread_id, api.THREAD_SUSPEND_RESUME) as handle:
        if not handle:
            return False
        # ResumeThread returns the count before it, so one look costs one resume: undone below.
        before = kernel.ResumeThread(handle)
        if before <= allowed or before > _MAX_SUSPEND_COUNT:
            if 0 < before <= allowed:
                kernel.SuspendThread(handle)
            return False
        for _ in range(before - 1 - allowed):
            kernel.ResumeThread(handle)
        return True


def watch(pipe: IO[bytes]) -> int:
    """Wait for the end of ``pipe``; return how many threads had to be resumed.

    Its lines are an order, suspend counts of which the last whole one is valid, and ``done``.
    """
    lines = [line for line in pipe.read().splitlines(keepends=True) if line.endswith(b"\n")]
    if not lines or DONE in lines:
        return 0
    order, counts = json.loads(lines[0]), json.loads(lines[-1]) if lines[1:] else {}
    _await_end(int(order.get("holder", 0)))
    if not _is_still_there(int(order["pid"]), float(order["started"])):
        return 0
    return release(int(order["pid"]), {int(tid): int(count) for tid, count in counts.items()})


def _await_end(pid: int) -> None:
    """Wait for the holder's end, when the system undoes what it undoes by itself."""
    kernel = api.kernel32()
    if pid and (handle := kernel.OpenProcess(api.SYNCHRONIZE, False, pid)):
        kernel.WaitForSingleObject(handle, _LAST_BREATH_MS)
        kernel.CloseHandle(handle)


def _is_still_there(pid: int, started: float) -> bool:
    try:
        handle = open_handle(pid, api.PROCESS_QUERY_LIMITED_INFORMATION)
    except DumpError:
        return False
    if not handle:
        return False
    try:
        check_identity(handle, pid, started)
    except DumpError:
        return False
    finally:
        api.kernel32().CloseHandle(handle)
    return True


if __name__ == "__main__":
    watch(sys.stdin.buffer)
