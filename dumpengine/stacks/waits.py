"""What each thread waits for, and who would end the wait."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from dumpengine.format.system_info import PlatformId
from dumpengine.snapshot import Scripts, Snapshot, Thread
from dumpengine.stacks.code_calls import call_in_code
from dumpengine.stacks.locks import LockReader
from dumpengine.stacks.model import Owner, ThreadStack, Wait
from dumpengine.stacks.record import lock_reader, thread_number
from dumpengine.stacks.telling import bare_name
from dumpengine.stacks.wait_words import (
    BY_FUNCTION,
    GIL,
    LOCK_WORDS,
    MUTEXES,
    SCRIPT_LOCKS,
    SIMPLE,
    STATES,
    mutex_words,
    peer_owner,
    phrase,
    thing_words,
)
from dumpengine.stacks.windows_waits import windows_wait
from dumpengine.waiting.facts import Activity, Lock, LockKind, SystemCall, WaitedFor
from dumpengine.waiting.system_calls import Waits, activity_waits

_FRAMES_ASKED = 8
_SCRIPT_KINDS = ("gil", "python_lock")  # they are more than what they are made of


def with_waits(
    snapshot: Snapshot, threads: Sequence[ThreadStack]
) -> tuple[tuple[ThreadStack, ...], tuple[Wait, ...]]:
    """Return the threads with their states and what they wait for, and all waits."""
    finder = _Finder(snapshot, {stack.id: stack for stack in threads})
    found = {thread.tid: tuple(finder.waits(thread)) for thread in snapshot.threads}
    told = tuple(
        replace(
            stack,
            state=finder.state(stack.id),
            cpu_ms=finder.cpu_ms(stack),
            waits_for=phrase(found.get(stack.id, ())),
        )
        for stack in threads
    )
    shown = {stack.id for stack in threads}
    return told, tuple(wait for tid, waits in found.items() if tid in shown for wait in waits)


@dataclass(slots=True)
class _Finder:
    snapshot: Snapshot
    stacks: dict[int, ThreadStack]
    _locks: LockReader = field(init=False)
    _threads: dict[int, Thread] = field(init=False)
    _by_number: dict[int, Thread] = field(init=False)

    def __post_init__(self) -> None:
        self._locks = lock_reader(self.snapshot)
        self._threads = {thread.tid: thread for thread in self.snapshot.threads}
        self._by_number = {thread_number(thread): thread for thread in self.snapshot.threads}

    def state(self, tid: int) -> str:
        """The state in a word, empty when it was not recorded.

        A thread that slept just before the stop and then stood in no call had just woken up.
        """
        activity = self._activity(self._threads.get(tid))
        woke = activity.state in ("S", "D") and activity.call is None
        return STATES.get("R" if woke else activity.state, "")

    def cpu_ms(self, stack: ThreadStack) -> float | None:
        thread = self._threads.get(stack.id)
        if stack.cpu_ms is None and thread and isinstance(thread.activity, Activity):
            return thread.activity.processor_time * 1000
        return stack.cpu_ms

    def waits(self, thread: Thread) -> Iterator[Wait]:
        if self.snapshot.system.platform_id == PlatformId.WIN32_NT:
            yield from self._on_windows(thread)
            return
        activity = self._activity(thread)
        how = activity_waits(activity, self.snapshot.system.architecture.value)
        if how is Waits.FUTEX and activity.call is not None:
            yield self._futex(thread, activity, activity.call)
        elif self._in_gil(thread.tid):
            yield self._gil(thread.tid)
        elif activity.things:
            for thing in activity.things:
                yield from self._thing(thread, thing, how)
        elif how in SIMPLE:
            kind, words = SIMPLE[how]
            yield Wait(thread=thread.tid, kind=kind, object=words)

    def _on_windows(self, thread: Thread) -> Iterator[Wait]:
        found = windows_wait(self.snapshot, thread, self._function_names(thread.tid))
        if found is not None:
            owner = self._owner(found.owner)
            yield Wait(thread=thread.tid, kind=found.kind, object=found.object, owner=owner)

    def _activity(self, thread: Thread | None) -> Activity:
        """What was recorded; of another tool's dump, the call that the code before pc makes."""
        if thread is None:
            return Activity()
        if isinstance(thread.activity, Activity):
            return thread.activity
        if self.snapshot.system.platform_id not in (PlatformId.LINUX, PlatformId.ANDROID):
            return Activity()
        return Activity(call=call_in_code(self.snapshot, thread))

    def _futex(self, thread: Thread, activity: Activity, call: SystemCall) -> Wait:
        lock = activity.lock
        if lock is None or lock.kind is LockKind.FUTEX:
            lock = self._locks.read(call, thread_number(thread), thread)
        waits = self._by_function(thread, call.argument(0))
        if waits is not None and (lock.kind is LockKind.FUTEX or waits.kind in _SCRIPT_KINDS):
            return waits
        return self._lock(thread, lock)

    def _lock(self, thread: Thread, lock: Lock) -> Wait:
        owner = self._owner(lock.owner)
        if lock.kind in MUTEXES:
            words = f"mutex 0x{lock.address:x}"
            return Wait(thread=thread.tid, kind="mutex", object=words, owner=owner)
        kind, pattern = LOCK_WORDS[lock.kind]
        words = pattern.format(lock.address)
        if lock.kind is LockKind.CONDITION:
            words += mutex_words(lock, owner)
            owner = None  # who will signal it is nowhere recorded
        return Wait(thread=thread.tid, kind=kind, object=words, owner=owner)

    def _by_function(self, thread: Thread, address: int) -> Wait | None:
        """Where nothing in memory proves what it is, the function that waits may tell."""
        names = self._function_names(thread.tid)
        if self._in_gil(thread.tid):
            return self._gil(thread.tid)
        if any(name.startswith(SCRIPT_LOCKS) for name in names):
            words = f"lock of Python 0x{address:x}"
            return Wait(thread=thread.tid, kind="python_lock", object=words)
        for name in names:
            for start, kind, pattern in BY_FUNCTION:
                if name.startswith(start):
                    owner = self._known_mutex(address) if kind == "mutex" else None
                    words = pattern.format(address)
                    return Wait(thread=thread.tid, kind=kind, object=words, owner=owner)
        return None

    def _in_gil(self, tid: int) -> bool:
        """Waiting for it is waiting again and again for a condition variable with a time limit."""
        scripts = self.snapshot.scripts
        recorded = isinstance(scripts, Scripts) and tid in scripts.lock_waiters
        return recorded or "take_gil" in self._function_names(tid)

    def _gil(self, tid: int) -> Wait:
        scripts = self.snapshot.scripts
        holder = scripts.lock_holder if isinstance(scripts, Scripts) else 0
        thread = self._threads.get(holder)
        owner = Owner(thread=thread.tid, name=thread.name) if thread and holder != tid else None
        return Wait(thread=tid, kind="gil", object=GIL, owner=owner)

    def _function_names(self, tid: int) -> list[str]:
        stack = self.stacks.get(tid)
        frames = stack.frames[:_FRAMES_ASKED] if stack else ()
        return [bare_name(frame.function) for frame in frames]

    def _known_mutex(self, address: int) -> Owner | None:
        mutex = self._locks.mutex_at(address, known=True)
        return self._owner(mutex.owner) if mutex else None

    def _owner(self, number: int) -> Owner | None:
        if not number:
            return None
        thread = self._by_number.get(number)
        if thread is None:  # it has ended, or a lock between processes
            return Owner(thread=number)
        return Owner(thread=thread.tid, name=thread.name)

    def _thing(self, thread: Thread, thing: WaitedFor, how: Waits) -> Iterator[Wait]:
        kind, words = thing.thing.name.lower(), thing_words(thing, how)
        owners: list[Owner | None] = [peer_owner(peer) for peer in thing.peers]
        for owner in owners or [None]:
            yield Wait(thread=thread.tid, kind=kind, object=words, owner=owner)
