"""Which thread of a stopped process is borrowed, and that it is always given back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Values
from contextlib import contextmanager

from dumpengine.backends.linux import amd64, ptrace
from dumpengine.backends.linux.amd64 import Gadgets
from dumpengine.backends.linux.borrow import BorrowedThread, borrow
from dumpengine.backends.linux.gadgets import still_there
from dumpengine.backends.linux.stop import StoppedProcess
from dumpengine.format.proc_maps import Mapping
from dumpengine.snapshot import Absent, Architecture, Registers

_TRIES = 64  # threads that are looked at


@contextmanager
def lent(stopped: StoppedProcess, thread: BorrowedThread) -> Iterator[BorrowedThread]:
    """Borrow a thread; it is as it was afterwards, or is left to ``stopped`` to be mended."""
    try:
        with thread:
            yield thread
    finally:
        if thread.overdue:
            stopped.lend(thread)
        for number in thread.signals:
            os.kill(stopped.pid, number)


def find_lender(
    stopped: StoppedProcess,
    registers: Values[int, Registers | Absent],
    gadgets: Gadgets | None,
    mappings: Sequence[Mapping],
) -> BorrowedThread | Absent:
    """Return a 64-bit thread that stopped for us alone, holds no signal and has a safe way back."""
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
