"""A look at a process without stopping it: good for estimates and lists, not for dumps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.assemble import assemble
from dumpengine.backends.linux.process import check_identity, process_info
from dumpengine.backends.linux.registers import blocked_registers
from dumpengine.backends.linux.view import ProcessView
from dumpengine.snapshot import Absent, Registers, Snapshot


@contextmanager
def observe(pid: int, started: float, *, handles: bool = False) -> Iterator[Snapshot]:
    """Describe process ``pid`` as it runs; threads have a stack only while they wait in the kernel.

    Raises DumpError when the process is gone or another one, OSError when it may not be read.
    """
    check_identity(pid, started)
    view = ProcessView(pid, handles=handles)
    try:
        view.look()
        registers = {tid: _waiting_at(pid, tid) for tid in procfs.task_ids(pid)}
        yield assemble(view, registers, process_info(pid), view.memory)
    finally:
        view.close()


def _waiting_at(pid: int, tid: int) -> Registers | Absent:
    """Registers of a thread in a system call; the others' change as we look."""
    return blocked_registers(pid, tid) or Absent("it is running")
