"""A process of its own that stops the target, and does nothing else.

Whoever wants a dump may be killed at any moment, in the middle of a system call that the target
makes for us. The tracer is not: when its conversation breaks off it finishes that call, puts the
registers back, lets every thread go and ends. Should the tracer itself die, the kernel does the
same. And ptrace(2) belongs to one thread of one process, which here is simply this one.

The conversation goes over the socket on standard input: see
:mod:`dumpengine.backends.linux.conversation`.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from dumpengine.backends.linux import procfs
from dumpengine.backends.linux.amd64 import Gadgets
from dumpengine.backends.linux.clone import Clone, clone_process
from dumpengine.backends.linux.conversation import Guard, Held, Hold, Released
from dumpengine.backends.linux.gadgets import find_gadgets
from dumpengine.backends.linux.image import Image
from dumpengine.backends.linux.messages import Messages
from dumpengine.backends.linux.priority import first_in_line
from dumpengine.backends.linux.process import check_identity, process_info
from dumpengine.backends.linux.restarts import make_again
from dumpengine.backends.linux.sentinel import stay_with
from dumpengine.backends.linux.standing import read_all
from dumpengine.backends.linux.stop import StoppedProcess
from dumpengine.backends.linux.uncopied import with_wiped
from dumpengine.errors import DumpError, unforeseen
from dumpengine.snapshot import Absent

_LOOK = 0.05  # seconds between two looks at what became of the target meanwhile


def serve(connection: Messages) -> None:
    """Hold one process for one conversation, and longer where a thread is not whole again."""
    order = connection.recv()
    if isinstance(order, Guard):
        stay_with(order, connection)
        return
    assert isinstance(order, Hold)
    with ExitStack() as cleanup:
        try:
            check_identity(order.pid, order.started)
            gadgets = _gadgets(order)
            with first_in_line():
                stopped = cleanup.enter_context(_outlasting(StoppedProcess(order.pid)))
                held = _hold(order, stopped, gadgets, cleanup)
        except (DumpError, OSError) as error:
            connection.send(error)
            return
        connection.send(held)
        asker = os.getppid()
        _await_next(connection, stopped, asker)
        stopped.release()
        connection.send(Released(stopped.released_at or 0.0, stopped.killed))
        _await_next(connection, stopped, asker)  # the image lives as long as the conversation


@contextmanager
def _outlasting(process: StoppedProcess) -> Iterator[StoppedProcess]:
    """Hold the process, and stay until no thread of it is left to be put back."""
    try:
        with process as stopped:
            yield stopped
    finally:
        while not process.whole:
            process.look_after()
            time.sleep(_LOOK)


def _await_next(connection: Messages, stopped: StoppedProcess, asker: int) -> None:
    while not connection.poll(_LOOK):
        stopped.look_after()
        if procfs.is_doomed(asker):  # and hangs in the kernel, where it still has its end open
            raise EOFError
    connection.recv()


def _gadgets(order: Hold) -> Gadgets | None:
    """Look for what a clone needs while the target still runs."""
    if not order.clone:
        return None
    task = procfs.living_task(order.pid)
    return find_gadgets(task, procfs.read_bytes(f"/proc/{task}/maps"))


def _hold(
    order: Hold, stopped: StoppedProcess, gadgets: Gadgets | None, cleanup: ExitStack
) -> Held:
    check_identity(order.pid, order.started)
    registers = read_all(stopped.pid, stopped.threads, stopped.unstopped, extended=order.extended)
    restarted = make_again(stopped, registers)
    info = process_info(order.pid)
    maps = procfs.read_bytes(f"/proc/{procfs.living_task(order.pid)}/maps")
    image: Image | Absent = Absent("")
    if order.clone and order.pid in stopped.threads:
        clone = clone_process(stopped, maps, registers, gadgets)
        if isinstance(clone, Clone):
            cleanup.callback(clone.end)
        image = clone.image if isinstance(clone, Clone) else clone
    elif order.clone:
        image = Absent("its main thread could not be stopped")
    if order.only_look or (isinstance(image, Image) and not _is_to_stay(order, image)):
        stopped.release()
    if isinstance(image, Image):
        image = with_wiped(image, order.pid)
    return Held(
        registers,
        info,
        maps,
        image,
        tuple(stopped.problems),
        tuple(restarted),
        stopped.stopped_at,
        stopped.released_at,
    )


def _is_to_stay(order: Hold, image: Image) -> bool:
    return order.stay or (order.whole and bool(image.holes))


def main() -> None:
    """Serve the conversation on standard input; its breaking off is no error.

    No signal but SIGKILL and SIGSTOP reaches a tracer: what it does for a target it finishes.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    messages = Messages(socket.socket(fileno=os.dup(0)))
    with suppress(EOFError, ConnectionError):
        try:
            serve(messages)
        except (EOFError, ConnectionError):
            raise
        except Exception as error:  # the process's edge: whoever asked says it to the person
            messages.send(unforeseen(error))
    messages.close()
