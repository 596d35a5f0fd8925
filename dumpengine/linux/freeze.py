"""Live process -> snapshot: look, stop, take the registers, look at what changed, go on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from dumpengine.linux.assemble import assemble
from dumpengine.linux.clone import ClonedMemory, clone_memory
from dumpengine.linux.process import check_identity, process_info
from dumpengine.linux.registers import read_registers
from dumpengine.linux.stop import StoppedProcess
from dumpengine.linux.view import ProcessView
from dumpengine.snapshot import Absent, Registers, Snapshot


@dataclass(frozen=True, slots=True)
class Wants:
    """What a dump will hold; the rest is not looked for.

    ``clone`` asks for a copy-on-write image to read from while the target runs on.
    """

    clone: bool = False
    extended_registers: bool = False
    handles: bool = False


@dataclass(frozen=True, slots=True)
class Frozen:
    """A process held for copying; ``snapshot`` is valid until the context ends.

    ``no_clone`` says why there is no clone; empty when there is one, and the target runs already.
    Otherwise it stands still until :meth:`release`.
    """

    snapshot: Snapshot
    no_clone: str
    _stopped: StoppedProcess

    @property
    def pause_ms(self) -> float:
        """How long the target has stood still, in milliseconds."""
        return self._stopped.pause_ms

    @property
    def running(self) -> bool:
        """Whether the target runs again."""
        return self._stopped.released_at is not None

    def release(self) -> None:
        """Let the target run on: everything needed of it has been copied."""
        self._stopped.release()


@contextmanager
def freeze(pid: int, started: float, wants: Wants) -> Iterator[Frozen]:
    """Hold process ``pid`` still and describe it; it runs on when the context ends at the latest.

    Raises DumpError when the process is gone, is not the one that started then (0.0: any), or may
    not be read.
    """
    check_identity(pid, started)
    with ExitStack() as cleanup:
        view = ProcessView(pid, handles=wants.handles)
        cleanup.callback(view.close)
        view.look()
        view.look_at_threads()

        stopped = cleanup.enter_context(StoppedProcess(pid))
        check_identity(pid, started)
        registers = _read_all(stopped, wants)
        info = process_info(pid)
        view.look()
        clone = _clone(stopped, view, registers) if wants.clone else Absent("not asked for")
        if isinstance(clone, ClonedMemory):
            cleanup.callback(clone.close)
            stopped.release()
        memory = clone if isinstance(clone, ClonedMemory) else view.memory
        snapshot = assemble(view, registers, info, memory, stopped.problems)
        yield Frozen(snapshot, clone.reason if isinstance(clone, Absent) else "", stopped)


def _read_all(stopped: StoppedProcess, wants: Wants) -> dict[int, Registers | Absent]:
    registers: dict[int, Registers | Absent] = {
        tid: Absent(reason) for tid, reason in stopped.unstopped.items()
    }
    for tid in stopped.threads:
        try:
            registers[tid] = read_registers(tid, extended=wants.extended_registers)
        except OSError as error:
            registers[tid] = Absent(f"its registers cannot be read: {error.strerror}")
    return registers


def _clone(
    stopped: StoppedProcess, view: ProcessView, registers: dict[int, Registers | Absent]
) -> ClonedMemory | Absent:
    return clone_memory(stopped, view.mappings, registers)
