"""Holds every thread of a process still while it is read, and measures for how long.

MiniDumpWriteDump says that it suspends the threads; dbgcore 10.0.22621 does so through Windows
11's thread states and takes SuspendThread for one of their failures only. Elsewhere the threads
run on while they are read, unnoticed. So they are suspended here first, and its own suspension,
where it works, comes on top.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from dumpengine.backends.windows.threads import CONTEXT_CONTROL, SuspendedThread
from dumpengine.backends.windows.toolhelp import thread_ids

_PASSES = 100  # a target that makes threads as fast as they are suspended ends somewhere
_PATIENCE = 1.0  # seconds for the threads to come to a stand
_MOST_STUCK = 3  # so often is it granted


class Standstill:
    """The threads of process ``pid``: running until :meth:`stop` and after :meth:`release`.

    As of the last stop, ``suspend_counts`` are the threads' earlier ones, by thread id, ``unheld``
    the threads that could not be stopped, and ``context`` the raw CONTEXT of the thread
    ``wanted``. Of the unheld ones, ``stuck`` are those that nobody may wait for: they are in the
    kernel and do not come out. ``told`` is called with the counts as soon as all threads stand
    still. May be stopped again; ``pause_ms`` is the sum.
    """

    def __init__(self, pid: int, wanted: int | None = None) -> None:
        self.told: Callable[[Mapping[int, int]], None] | None = None
        self.suspend_counts: dict[int, int] = {}
        self.unheld: frozenset[int] = frozenset()
        self.stuck: frozenset[int] = frozenset()
        self.context = b""
        self.stopped = False
        self.pid = pid
        self._wanted = wanted
        self._held: dict[int, SuspendedThread] = {}
        self._since = 0.0
        self._earlier = 0.0  # seconds of the stops that are over

    @property
    def pause_ms(self) -> float:
        """Milliseconds the process has stood still so far."""
        now = time.perf_counter() - self._since if self.stopped else 0.0
        return (self._earlier + now) * 1e3

    def stop(self) -> None:
        """Stop every thread; harmless when they stand still. Release it whatever happens."""
        if self.stopped:
            return
        left: set[int] = set()
        for _ in range(_PASSES):
            found = set(thread_ids(self.pid)) - self._held.keys()
            # New threads come from those that still run, so look until nothing else is left.
            if not found or found == left:
                break
            left = found
            self._suspend(found)
        unsure = self._wait_for_all()
        self.context = self._context_of(self._wanted)
        self.unheld = frozenset(found | unsure | self.stuck)
        self.suspend_counts = {tid: thread.before for tid, thread in self._held.items()}
        if self.told:
            self.told(self.suspend_counts)

    def _wait_for_all(self) -> set[int]:
        """Wait until every thread really stands; return those that do not.

        Reading a thread's context is the wait, and it has no limit of its own.
        """
        waiting, stuck = dict(self._held), set()

        def look() -> None:
            for tid, held in list(waiting.items()):
                if held.context(CONTEXT_CONTROL):
                    waiting.pop(tid, None)

        for _ in range(_MOST_STUCK):
            looker = threading.Thread(target=look, daemon=True)
            looker.start()
            looker.join(_PATIENCE)
            if not looker.is_alive():
                break
            tid = next(iter(waiting))
            stuck.add(tid)
            waiting.pop(tid)
            self._held.pop(tid).resume()
        self.stuck = frozenset(stuck)
        # What has no context may have ended.
        return waiting.keys() & set(thread_ids(self.pid)) if waiting else set()

    def _context_of(self, thread_id: int | None) -> bytes:
        held = self._held.get(thread_id) if thread_id else None
        return held.context() if held else b""

    def _suspend(self, thread_ids: set[int]) -> None:
        for tid in thread_ids:
            thread = SuspendedThread.open(tid)
            if thread is None:
                continue
            self._held[tid] = thread
            if not self.stopped:
                self.stopped, self._since = True, time.perf_counter()
            if not thread.suspend():
                self._held.pop(tid).resume()

    @property
    def complaint(self) -> str:
        """What the last stop fell short of, as a sentence; empty when all threads stood still."""
        if not self.unheld:
            return ""
        threads = len(self.unheld | self.suspend_counts.keys())
        left_out = f" The dump lacks {len(self.stuck)} that do not answer." if self.stuck else ""
        return (
            f"The process was not held still: {len(self.unheld)} of its {threads} threads could "
            f"not be stopped. Memory and registers may be of different moments.{left_out}"
        )

    def release(self) -> None:
        """Let the threads run on; harmless when they do."""
        while self._held:
            _, thread = self._held.popitem()
            thread.resume()
        if self.stopped:
            self._earlier += time.perf_counter() - self._since
            self.stopped = False
