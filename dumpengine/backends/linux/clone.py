"""A copy-on-write image of a stopped process, to read from while the process runs on.

A thread of the target is borrowed to start a thread of ours, which makes the image: a process with
a copy of the memory (its page tables are copied: some 15 ms a GiB). The image never runs an
instruction: it is born stopped under our tracing, and PTRACE_O_EXITKILL ends it when we end. Where
anything would start it all the same, it exits. See :mod:`dumpengine.backends.linux.borrow` and
:mod:`dumpengine.backends.linux.forker` for what keeps the target whole.
"""

from __future__ import annotations

from collections.abc import Mapping as Values
from dataclasses import dataclass

from dumpengine.backends.linux.amd64 import Gadgets
from dumpengine.backends.linux.borrow import StalledError
from dumpengine.backends.linux.forker import Forker, start_forker
from dumpengine.backends.linux.headroom import let_go_first
from dumpengine.backends.linux.image import Image
from dumpengine.backends.linux.lender import find_lender, lent
from dumpengine.backends.linux.procfs import read_status
from dumpengine.backends.linux.reap import collect_for, is_left_behind
from dumpengine.backends.linux.stop import StoppedProcess
from dumpengine.backends.linux.uncopied import around_registers, holes
from dumpengine.format.proc_maps import parse_maps
from dumpengine.snapshot import Absent, Registers


@dataclass(frozen=True, slots=True)
class Clone:
    """An image, and the thread in the target that waits for its end."""

    image: Image
    forker: Forker

    def end(self) -> None:
        """Kill the image and collect it; by its tracer only."""
        self.forker.end(self.image.pid)
        if not self.forker.lives and is_left_behind(self.forker.pid, self.image.pid):
            collect_for(self.forker.pid, self.image.pid)


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
    thread = find_lender(stopped, registers, gadgets, mappings)
    if isinstance(thread, Absent):
        return thread
    try:
        with lent(stopped, thread):
            forker = start_forker(stopped.pid, thread, mappings)
        if forker is None:
            return Absent("it has no stack as the kernel makes it")
        clone = Clone(Image(forker.fork(), thread.overlay, ()), forker)
        return _described(clone, stopped.pid, maps, registers)
    except StalledError:
        return Absent("its threads do not run: its control group is frozen, or has no time left")
    except OSError as error:
        return Absent(f"the system refused the copy: {error.strerror or error}")


def _described(
    clone: Clone, pid: int, maps: bytes, registers: Values[int, Registers | Absent]
) -> Clone:
    """Add what the image lacks; it is ended when that cannot be told."""
    image = clone.image
    try:
        let_go_first(image.pid)
        missing = holes(image.pid, maps, clone.forker.pages)
        kept = around_registers(pid, missing, registers)
    except OSError:
        clone.end()
        raise
    return Clone(Image(image.pid, {**image.kept, **kept}, missing), clone.forker)


def _refusal(pid: int) -> str:
    """Reasons why a system call made in this process would not just be that."""
    status = read_status(pid)
    if status.get("Seccomp", "0") != "0":
        return "a seccomp filter watches its system calls"
    if "shstk" in status.get("x86_Thread_features", ""):
        return "it has shadow stacks, which no borrowed thread comes back through"
    return ""
