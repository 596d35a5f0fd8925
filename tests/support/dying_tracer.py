"""Clones a process again and again, dying by SIGKILL before each request to ptrace(2) in turn.

``python -m tests.support.dying_tracer PID``: prints how many requests there were. Every state that
the target is ever in while a thread of it is borrowed comes once, at once and a moment later.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

from dumpengine.backends.linux import libc, procfs
from dumpengine.backends.linux.clone import Clone, clone_process
from dumpengine.backends.linux.gadgets import find_gadgets
from dumpengine.backends.linux.registers import read_registers
from dumpengine.backends.linux.stop import StoppedProcess

_SETTLED = 2.0  # seconds
_MOMENT = 0.002
_REQUESTS = 400  # more than there ever are


def clone(pid: int) -> bool:
    """Make an image and end it; returns whether there was one."""
    gadgets = find_gadgets(pid, procfs.read_bytes(f"/proc/{pid}/maps"))
    with StoppedProcess(pid) as stopped:
        maps = procfs.read_bytes(f"/proc/{pid}/maps")
        registers = {tid: read_registers(tid, extended=False) for tid in stopped.threads}
        made = clone_process(stopped, maps, registers, gadgets)
        stopped.release()
        if isinstance(made, Clone):
            made.end()
        return isinstance(made, Clone)


def dying(before: int, moment: float) -> Callable[..., int]:
    """Return ptrace(2) that kills this process instead of the request with this number."""
    requests = 0
    real = libc.ptrace

    def ptrace(request: int, tid: int, address: int = 0, data: int = 0) -> int:
        nonlocal requests
        if requests == before:
            time.sleep(moment)
            os.kill(os.getpid(), signal.SIGKILL)
        requests += 1
        return real(request, tid, address, data)

    return ptrace


def outcome(pid: int, before: int, moment: float) -> int:
    """Clone in a process of its own that dies; returns its wait status, 0 when it did not."""
    child = os.fork()
    if child == 0:
        libc.ptrace = dying(before, moment)
        os._exit(0 if clone(pid) else 1)
    return os.waitpid(child, 0)[1]


State = tuple[int, bytes, str, int]


def state_of(pid: int) -> State:
    """Return the number of threads, the children, the tracer, and the number of mappings."""
    return (
        len(procfs.task_ids(pid)),
        procfs.read_optional(f"/proc/{pid}/task/{pid}/children"),
        procfs.read_status(pid)["TracerPid"],
        procfs.read_bytes(f"/proc/{pid}/maps").count(b"\n"),
    )


def is_as_before(pid: int, before: State) -> bool:
    """Whether nothing of ours is left, within a moment: thread, child, tracer or page."""
    end = time.monotonic() + _SETTLED
    while time.monotonic() < end:
        if state_of(pid) == before:
            return True
        time.sleep(0.002)
    return False


def main(pid: int) -> None:
    """Die before each request; exit with 1 at the first thing that is wrong."""
    before = state_of(pid)
    for number in range(_REQUESTS):
        for moment in (0.0, _MOMENT):
            status = outcome(pid, number, moment)
            if not is_as_before(pid, before):
                sys.exit(f"{state_of(pid)}, not {before}: request {number}, {moment} s later")
            if status == 0:
                print(number)
                return
            if status != signal.SIGKILL:
                sys.exit(f"no clone: request {number}, status {status}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
