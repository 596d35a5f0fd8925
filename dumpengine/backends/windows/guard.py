"""Lets a target run on when the process that held its threads still is killed.

Windows does not undo SuspendThread when the one who called it dies. Before MiniDumpWriteDump is
called on a live process, a second process is started that does nothing but read a pipe: when the
pipe ends without the word ``done``, it resumes what was left suspended. A snapshot stops nothing
and needs no guard.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from ctypes import byref
from functools import partial
from typing import IO

from dumpengine.backends.windows import api
from dumpengine.backends.windows.process import Target, check_identity, open_handle, start_time
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
_THREAD_SUSPEND_COUNT = 35  # THREADINFOCLASS
_MAX_SUSPEND_COUNT = 127


@contextmanager
def guarded(target: Target, *, needed: bool) -> Iterator[None]:
    """Inside the block a guard watches over ``target``, when one is needed."""
    if not needed:
        yield
        return
    with _start() as guard:
        assert guard.stdin is not None
        # A guard that cannot start is no reason not to dump: it is needed when all else fails.
        with suppress(OSError):
            guard.stdin.write(_order(target))
            guard.stdin.flush()
        try:
            yield
        finally:
            with suppress(OSError):
                guard.stdin.write(DONE)
                guard.stdin.flush()
            guard.kill()


def command() -> list[str]:
    """Return how this very program is started as a guard."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--module", MODULE]
    return [sys.executable, "-c", _PROGRAM]


def _start() -> Unseen:
    nothing = subprocess.DEVNULL
    start = partial(Unseen, command(), stdin=subprocess.PIPE, stdout=nothing, stderr=nothing)
    try:  # outside the job that ends the capturing process
        return start(flags=CREATE_BREAKAWAY_FROM_JOB)
    except PermissionError:
        return start()


def _order(target: Target) -> bytes:
    counts = {tid: count for tid in thread_ids(target.pid) if (count := suspend_count(tid))}
    order = {"pid": target.pid, "started": start_time(target.handle), "counts": counts}
    return json.dumps(order).encode() + b"\n"


def suspend_count(thread_id: int) -> int:
    """Return how often a thread is suspended, 0 when the system does not tell."""
    kernel = api.kernel32()
    handle = kernel.OpenThread(api.THREAD_QUERY_INFORMATION, False, thread_id)
    if not handle:
        return 0
    try:
        count = ctypes.c_uint32()
        size = ctypes.sizeof(count)
        status = api.ntdll().NtQueryInformationThread(
            handle, _THREAD_SUSPEND_COUNT, byref(count), size, None
        )
        return count.value if status == 0 else 0
    finally:
        kernel.CloseHandle(handle)


def release(pid: int, counts: Mapping[int, int]) -> int:
    """Bring every thread's suspend count back to ``counts`` (0 where it names none).

    Returns how many threads were suspended more often than that.
    """
    return sum(_release_thread(tid, counts.get(tid, 0)) for tid in thread_ids(pid))


def _release_thread(thread_id: int, allowed: int) -> bool:
    kernel = api.kernel32()
    handle = kernel.OpenThread(api.THREAD_SUSPEND_RESUME, False, thread_id)
    if not handle:
        return False
    try:
        # ResumeThread returns the count before it, so one look costs one resume: undone below.
        before = kernel.ResumeThread(handle)
        if before <= allowed or before > _MAX_SUSPEND_COUNT:
            if 0 < before <= allowed:
                kernel.SuspendThread(handle)
            return False
        for _ in range(before - 1 - allowed):
            kernel.ResumeThread(handle)
        return True
    finally:
        kernel.CloseHandle(handle)


def watch(pipe: IO[bytes]) -> int:
    """Wait for the end of ``pipe``; return how many threads had to be resumed."""
    first, *rest = pipe.read().splitlines(keepends=True) or [b""]
    if not first or DONE in rest:
        return 0
    order = json.loads(first)
    pid = int(order["pid"])
    try:
        handle = open_handle(pid, api.PROCESS_QUERY_LIMITED_INFORMATION)
    except DumpError:
        return 0
    if not handle:
        return 0
    try:
        check_identity(handle, pid, float(order["started"]))
    except DumpError:
        return 0
    finally:
        api.kernel32().CloseHandle(handle)
    return release(pid, {int(tid): int(count) for tid, count in order["counts"].items()})


if __name__ == "__main__":
    watch(sys.stdin.buffer)
