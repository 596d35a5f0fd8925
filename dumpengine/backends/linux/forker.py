"""A thread of ours inside the target: it forks the image, waits for its end, and is gone.

Who makes a child has to collect it, or somebody else will find it: a program that waits for all of
its children, the one that adopts orphans, a container's first process that never does. So the image
is the child of a thread of its own, which collects it at once, and which the kernel collects by
itself. Nobody else ever has anything to do with either; the image has no exit signal.

What the thread does is laid out in a page of its own as a chain of signal frames, and needs nobody:
it gives up the target's open files (its child shares its own, empty table, so that ports and locks
are free when the target ends), forks the image, waits for it, frees the page, and exits. Should all
of us die, the image ends by itself and the thread after it.

Its last stack is the word at the very top of the main thread's stack, which the kernel leaves
empty: a ``ret`` through it leads to the exit, when the page is no longer there.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import mmap
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

from dumpengine.backends.linux import amd64, images, procfs, ptrace
from dumpengine.backends.linux.amd64 import FRAME_SIZE, RDI_IN_FRAME, Gadgets, way_back
from dumpengine.backends.linux.borrow import (
    OPTIONS,
    BorrowedThread,
    RemoteError,
    StalledError,
    TargetMemory,
    wait_until,
)
from dumpengine.format.proc_maps import Mapping
from dumpengine.snapshot import PAGE_SIZE, Range

_CLONE_VM = 0x100
_CLONE_FILES = 0x400
_CLONE_SIGHAND = 0x800
_CLONE_THREAD = 0x10000
_CLONE_PARENT_SETTID = 0x100000
_CLOSE_RANGE_UNSHARE = 2
_MAP_FIXED_NOREPLACE = 0x100000
_WALL = 0x40000000
_NOBODY = 0x7FFFFFFF  # no process has this id
_WORD = 8
_NO_FILE = -1 & 0xFFFFFFFFFFFFFFFF
_BIRTH = 2.0  # seconds until a new thread has stopped; it is the kernel's work alone
_FORK_PATIENCE = 0.5  # seconds; copying page tables takes 15 ms a GiB
_SOME_TICKS = 5  # of processor time, in which it works instead of standing
_END = 0.2  # seconds the thread may take to see that the image has ended
_DEADLINE = 10.0  # seconds a killed process may take


@dataclass(slots=True)
class Forker:
    """The thread, running in process ``pid``; ``page`` holds its frames, ``top`` its last word."""

    pid: int
    tid: int
    page: int
    top: int
    gadgets: Gadgets

    @property
    def pages(self) -> Range:
        """The memory it takes."""
        return Range(self.page, self.page + PAGE_SIZE)

    @property
    def lives(self) -> bool:
        """Whether the thread is still there."""
        return os.path.exists(f"/proc/{self.pid}/task/{self.tid}")

    def fork(self) -> int:
        """Let it make the image, born stopped and traced; returns its process id.

        The thread is on its own afterwards. Raises StalledError when it does not run, and
        ChildProcessError when the system refuses another process.
        """
        ptrace.resume(self.tid)
        while True:
            status = self._next_stop()
            if status is None:
                self.send_home()
                raise StalledError("it does not run")
            if status.ended:
                ptrace.bury(self.tid)
                raise ChildProcessError("no other process is allowed")
            if status.event == ptrace.PTRACE_EVENT_CLONE:
                return self._let_image_be()
            ptrace.resume(self.tid)

    def _next_stop(self) -> ptrace.WaitStatus | None:
        """Wait for as long as it works: a large process has many page tables."""
        worked = -1
        while (status := wait_until(self.tid, _FORK_PATIENCE)) is None:
            before, worked = worked, self._worked()
            if worked - before < _SOME_TICKS:
                return None
        return status

    def _worked(self) -> int:
        try:
            return procfs.read_stat(self.pid, self.tid).kernel_ticks
        except OSError:
            return -1

    def _let_image_be(self) -> int:
        image = ptrace.event_message(self.tid)
        images.mark(image)
        await_birth(image, ptrace.PTRACE_O_EXITKILL)
        ptrace.detach(self.tid)
        return image

    def send_home(self) -> None:
        """Have a thread that is not to fork free its page and exit, as soon as it runs."""
        with contextlib.suppress(OSError):
            ptrace.interrupt(self.tid)
        status = wait_until(self.tid, _BIRTH)
        if status is None or status.ended:
            return
        with contextlib.suppress(OSError):
            if status.event == ptrace.PTRACE_EVENT_CLONE:
                end_process(ptrace.event_message(self.tid))
            else:
                ptrace.set_regset(self.tid, ptrace.NT_PRSTATUS, self._farewell())
            ptrace.detach(self.tid)

    def _farewell(self) -> bytes:
        values = amd64.unpack(ptrace.get_regset(self.tid, ptrace.NT_PRSTATUS))
        values |= {
            "rax": amd64.SYS_MUNMAP,
            "orig_rax": amd64.NO_SYSCALL,
            "rdi": self.page,
            "rsi": PAGE_SIZE,
            "rip": self.gadgets.syscall,
            "rsp": self.top,
        }
        return amd64.pack(values)

    def end(self, image: int) -> None:
        """End the image, and wait a moment until the thread is gone with it."""
        end_process(image)
        deadline = time.perf_counter() + _END
        while self.lives:
            if time.perf_counter() > deadline:  # stopped or frozen: it goes when it runs again
                return
            time.sleep(0.0005)


def start_forker(pid: int, thread: BorrowedThread, mappings: Sequence[Mapping]) -> Forker | None:
    """Have a borrowed thread start the forker, stopped at its birth; None where it has no place.

    Raises RemoteError when the system refuses it, and what :meth:`BorrowedThread.call` raises.
    """
    top = _last_stack(thread, mappings)
    if not top:
        return None
    page = _lonely_place(mappings)
    thread.undo_with(amd64.SYS_MUNMAP, page, PAGE_SIZE)
    access, flags = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
    flags |= _MAP_FIXED_NOREPLACE
    if thread.call(amd64.SYS_MMAP, page, PAGE_SIZE, access, flags, _NO_FILE, 0) != page:
        return None  # Linux 4.16 and before
    with TargetMemory(thread.tid) as memory:
        memory.write(page, _program(page, top, thread.gadgets))
    flags = _CLONE_VM | _CLONE_FILES | _CLONE_SIGHAND | _CLONE_THREAD
    try:
        thread.call(amd64.SYS_CLONE, flags, page, 0, 0, 0)
    except RemoteError:
        thread.call(amd64.SYS_MUNMAP, page, PAGE_SIZE)
        raise
    await_birth(thread.new_thread, OPTIONS)
    return Forker(pid, thread.new_thread, page, top, thread.gadgets)


def _program(page: int, top: int, gadgets: Gadgets) -> bytes:
    """What the thread does, one frame a system call; the last frame is the image's.

    The image's id, which its wait needs, is stored by clone(2) itself: CLONE_PARENT_SETTID.
    """
    close, fork, wait, free, image = (page + number * FRAME_SIZE for number in range(5))
    flags = _CLONE_FILES | _CLONE_PARENT_SETTID

    def step(number: int, then: int, *arguments: int) -> bytes:
        values = dict(zip(("rdi", "rsi", "rdx", "r10", "r8"), arguments, strict=False))
        values |= {"rax": number, "rip": gadgets.syscall, "rsp": then}
        return way_back(gadgets, values)

    del close  # the page begins with it
    return b"".join(
        (
            step(amd64.SYS_CLOSE_RANGE, fork, 0, 0xFFFFFFFF, _CLOSE_RANGE_UNSHARE),
            step(amd64.SYS_CLONE, wait, flags, image, wait + RDI_IN_FRAME, 0, 0),
            step(amd64.SYS_WAIT4, free, _NOBODY, 0, _WALL, 0),
            step(amd64.SYS_MUNMAP, top, page, PAGE_SIZE),
            step(amd64.SYS_EXIT_GROUP, top, 0),
        )
    )


def _last_stack(thread: BorrowedThread, mappings: Sequence[Mapping]) -> int:
    """Return the address of a word that leads to the exit, at the top of the main stack; or 0.

    It is left there: another capture, begun while the first one copies, leads through it too.
    """
    stack = next((mapping for mapping in mappings if mapping.name == "[stack]"), None)
    if stack is None or stack.permissions[:2] != "rw":
        return 0
    top = stack.end - _WORD
    with TargetMemory(thread.tid) as memory:
        found = int.from_bytes(memory.read(Range(top, stack.end)), "little")
        if not found:
            memory.write(top, thread.gadgets.exit.to_bytes(_WORD, "little"))
            return top
        with contextlib.suppress(OSError):
            if memory.read(Range(found, found + 7)).startswith(amd64.PATTERNS["exit"]):
                return top
    return 0


def _lonely_place(mappings: Sequence[Mapping]) -> int:
    """Return an address far from everything: our page shall join no other mapping.

    Nor is it a place that the kernel chooses: should we die before the page is there, it is
    unmapped all the same, while the other threads run.
    """
    for lower, upper in itertools.pairwise(mappings):
        if upper.start - lower.end > 1 << 30 and upper.name != "[stack]":
            return (lower.end + upper.start) // 2 & -PAGE_SIZE
    raise OSError(errno.ENOMEM, "there is no room among its addresses")


def await_birth(tid: int, options: int) -> None:
    """Wait until a new thread has stopped, before its first instruction, and set its options."""
    status = wait_until(tid, _BIRTH)
    if status is None or status.ended:
        raise ProcessLookupError("it was killed meanwhile")
    ptrace.set_options(tid, options)


def end_process(pid: int) -> None:
    """Kill a process of ours and collect it as its tracer."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    deadline = time.perf_counter() + _DEADLINE
    while time.perf_counter() < deadline:
        status = wait_until(pid, 1.0)
        if status is not None and status.ended:
            break
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | _WALL)
