"""A copy-on-write image of a stopped process, to read from while the process runs on.

A thread of the target is borrowed to start a thread of ours, which makes the image: a process with
a copy of the memory (its page tables are copied: some 15 ms a GiB). The image never runs an
instruction: it is born stopped under our tracing, and PTRACE_O_EXITKILL ends it when we end. Where
anything would start it all the same, it exits. See :mod:`dumpengine.backends.linux.borrow` and
:mod:`dumpengine.backends.linux.forker` for what keeps the target whole.
"""

from __future__ import annotations

import os
from collections.abc import Mapping as Values
from collections.abc import Sequence
from dataclasses import dataclass

from dumpengine.backends.linux import amd64, ptrace
from dumpengine.backends.linux.amd64 import Gadgets
from dumpengine.backends.linux.borrow import BorrowedThread, StalledError, borrow
from dumpengine.backends.linux.forker import Forker, start_forker
from dumpengine.backends.linux.gadgets import still_there
from dumpengine.backends.linux.headroom import let_go_first
from dumpengine.backends.linux.image import Image
from dumpengine.backends.linux.procfs import Mapping, parse_maps, read_status
from dumpengine.backends.linux.stop import StoppedProcess
from dumpengine.backends.linux.uncopied import around_registers, holes
from dumpengine.snapshot import Absent, Architecture, Registers

_TRIES = 64  # threads that are looked at


@dataclass(frozen=True, slots=True)
class Clone:
    """An image, and the thread in the target that waits for its end."""

    image: Image
    forker: Forker

    def end(self) -> None:
        """Kill the image and collect it; by its tracer only."""
        self.forker.end(self.image.pid)


def clone_process(
    stopped: StoppedProcess,
    maps: bytes,
    registers: Values[int, Registers | Absent],
    gadgets: Gadgets | None,
) -> Clone | Absent:
    """Make the image of a stopped process, or say why there is none; the target is as before.

    ``maps`` is the text of its /proc/PID/maps now, ``gadgets`` what was found in its code.
    """
    if stopped.group_stopped:
        return Absent("the process is stopped already (state T)")
    reason = _refusal(stopped.pid)
    if reason:
        return Absent(reason)
    mappings = parse_maps(maps)
    thread = _lender(stopped, registers, gadgets, mappings)
    if isinstance(thread, Absent):
        return thread
    try:
        forker = _start(stopped, thread, mappings)
        if forker is None:
            return Absent("it has no stack as the kernel makes it")
        image = forker.fork()
        let_go_first(image)
        missing = holes(image, maps, forker.pages)
        kept = around_registers(stopped.pid, missing, registers)
        return Clone(Image(image, {**thread.overlay, **kept}, missing), forker)
    except StalledError:
        return Absent("its threads do not run: its control group is frozen, or has no time left")
    except OSError as error:
        return Absent(f"the system refused the copy: {error.strerror or error}")


def _start(
    stopped: StoppedProcess, thread: BorrowedThread, mappings: Sequence[Mapping]
) -> Forker | None:
    """Start the forker; the thread is as it was afterwards, or is left to ``stopped`` to mend."""
    try:
        with thread:
            return start_forker(stopped.pid, thread, mappings)
    finally:
        if thread.overdue:
            stopped.lend(thread)
        for number in thread.signals:
            os.kill(stopped.pid, number)


def _lender(
    stopped: StoppedProcess,
    registers: Values[int, Registers | Absent],
    gadgets: Gadgets | None,
    mappings: Sequence[Mapping],
) -> BorrowedThread | Absent:
    """A 64-bit thread that stopped for us alone, holds no signal and has a safe way back."""
    found = [
        (values, tid)
        for tid in stopped.threads
        if isinstance(values := registers.get(tid), Registers) and not stopped.held_signal(tid)
    ]
    if not found:
        return Absent("every thread was about to handle a signal")
    plain = [(values, tid) for values, tid in found if _runs_64_bit_code(values)]
    if not plain:
        return Absent("it runs 32-bit code")
    if gadgets is None or not still_there(stopped.pid, gadgets):
        return Absent("its code lacks the instructions that are needed")
    for _, tid in sorted(plain, key=lambda each: _reluctance(each[0]))[:_TRIES]:
        if ptrace.redirects_system_calls(tid):
            return Absent("it handles system calls itself (as Wine does)")
        thread = borrow(tid, gadgets, mappings)
        if thread is not None:
            return thread
    return Absent("no thread of it could be borrowed without a risk")


def _runs_64_bit_code(values: Registers) -> bool:
    return values.architecture is Architecture.AMD64 and values["cs"] == amd64.USER_CODE_64


def _reluctance(values: Registers) -> int:
    """What a thread loses should all of us be killed while it is borrowed; the least first."""
    if values["orig_rax"] == amd64.NO_SYSCALL:
        return 2  # it may be in a restartable sequence
    return int(amd64.signed(values["rax"]) == amd64.ERESTART_RESTARTBLOCK)  # its wait begins anew


def _refusal(pid: int) -> str:
    """Reasons why a system call made in this process would not just be that."""
    status = read_status(pid)
    if status.get("Seccomp", "0") != "0":
        return "a seccomp filter watches its system calls"
    if "shstk" in status.get("x86_Thread_features", ""):
        return "it has shadow stacks, which no borrowed thread comes back through"
    return ""
