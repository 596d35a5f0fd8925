"""Live process -> snapshot: look, stop, take the registers, look at what changed, go on."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace

from dumpengine.backends.linux.assemble import assemble
from dumpengine.backends.linux.cloned_memory import ClonedMemory
from dumpengine.backends.linux.conversation import Held, Hold
from dumpengine.backends.linux.ending import EndWatch
from dumpengine.backends.linux.held import Holder
from dumpengine.backends.linux.image import Image
from dumpengine.backends.linux.interpreters import runs_interpreter
from dumpengine.backends.linux.process import check_identity
from dumpengine.backends.linux.refusals import no_copy
from dumpengine.backends.linux.view import ProcessView
from dumpengine.snapshot import NO_INTERPRETER, Absent, Memory, Range, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What a dump will hold; the rest is not looked for.

    ``clone`` asks for a copy-on-write image to read from while the target runs on, with ``hold``
    not before it is released. ``bulk`` says that memory of any place may be wanted.
    """

    clone: bool = False
    extended_registers: bool = False
    handles: bool = False
    hold: bool = False
    bulk: bool = False


@dataclass(frozen=True, slots=True)
class Frozen:
    """A process held for copying; ``snapshot`` is valid until the context ends.

    With ``cloned`` the target runs already, unless it is to be held, or there are ``uncopied``
    parts of its memory, to be read before it runs. Otherwise it stands still until
    :meth:`release`, and ``no_clone`` says why, when a clone was wanted.
    """

    snapshot: Snapshot
    cloned: bool
    no_clone: str
    restarted: tuple[str, ...]
    uncopied: tuple[Range, ...]
    _tracer: Holder
    _end: EndWatch

    @property
    def pause_ms(self) -> float:
        """How long the target has stood still, in milliseconds."""
        return self._tracer.pause_ms

    @property
    def running(self) -> bool:
        """Whether the target runs again."""
        return self._tracer.running

    @property
    def ended(self) -> str | None:
        """How the target ended meanwhile, None while it lives."""
        return self._end.ended()

    def release(self) -> None:
        """Let the target run on: everything needed of it has been copied."""
        self._tracer.release()


@contextmanager
def freeze(
    pid: int,
    started: float,
    wants: Wants,
    tracer: Holder,
    end: EndWatch,
    on_interpreter: Callable[[], object] = bool,
) -> Iterator[Frozen]:
    """Hold process ``pid`` still and describe it; it runs on when the context ends at the latest.

    The ``tracer`` is closed by then. ``on_interpreter``: see :class:`dumpengine.job.CaptureJob`.

    Raises DumpError when the process is gone, is not the one that started then (0.0: any), or may
    not be read.
    """
    check_identity(pid, started)
    with ExitStack() as cleanup:
        cleanup.enter_context(closing(tracer))
        view = ProcessView(pid, handles=wants.handles)
        cleanup.callback(view.close)
        view.look()
        view.look_at_threads()
        if runs_interpreter(view.images):
            on_interpreter()

        clone = wants.clone or pid == os.getpid()
        refusal = no_copy(view.task, view.maps) if clone else ""
        order = _order(pid, started, wants, clone=clone and not refusal)
        held = tracer.hold(order)
        view.look_again(held.maps)
        image = held.image if isinstance(held.image, Image) else None
        uncopied = image.holes if image and order.whole else ()
        memory: Memory = view.memory
        if image:
            cloned = ClonedMemory(image, view.memory, view.mappings, uncopied)
            cleanup.callback(cloned.close)
            memory = cloned
        snapshot = _describe(view, held, memory)
        reason = refusal or (held.image.reason if isinstance(held.image, Absent) else "")
        yield Frozen(snapshot, bool(image), reason, held.restarted, uncopied, tracer, end)


def _describe(view: ProcessView, held: Held, memory: Memory) -> Snapshot:
    snapshot = assemble(view, held.registers, held.info, memory, held.problems)
    if not runs_interpreter(view.images):
        snapshot = replace(snapshot, scripts=NO_INTERPRETER)
    if held.exception is not None:
        snapshot = replace(snapshot, exception=held.exception)
    return snapshot


def _order(pid: int, started: float, wants: Wants, *, clone: bool) -> Hold:
    ourselves = pid == os.getpid()
    return Hold(
        pid,
        started,
        clone,
        wants.extended_registers,
        only_look=ourselves,
        stay=wants.hold and not ourselves,
        whole=wants.bulk and not ourselves,
    )
