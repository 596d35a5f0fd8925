"""What findings are built from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dumpengine.snapshot import Snapshot
from dumpengine.stacks.model import Finding, Proof, Stacks, Wait
from dumpengine.stacks.telling import Names
from dumpengine.waiting.facts import Activity


class Kind(Enum):
    """Kinds of findings; the value is what ``stacks --json`` prints."""

    CRASH = "crash"
    STACK_OVERFLOW = "stack_overflow"
    HANDLED_FAULT = "handled_fault"  # it stands in the handler of a signal that tells of a fault
    DEADLOCK = "deadlock"
    PEER_STOPPED = "peer_stopped"
    HOLDER_GONE = "holder_gone"
    HELD = "held"
    STOPPED = "stopped"
    BLOCKED = "blocked"  # two looks
    SPINNING = "spinning"  # two looks
    UNOWNED = "unowned"  # locks whose holder is nowhere recorded
    ALIKE = "alike"
    NOTHING = "nothing"


def make(kind: Kind, sentence: str, threads: Iterable[int], proof: Iterable[Proof]) -> Finding:
    """Return a finding."""
    if sentence.startswith("thread "):  # one without a name
        sentence = sentence[0].upper() + sentence[1:]
    return Finding(kind=kind.value, sentence=sentence, threads=tuple(threads), proof=tuple(proof))


@dataclass(slots=True)
class Case:
    """What findings are built from: the stacks, the waits between threads, the snapshot."""

    snapshot: Snapshot
    stacks: Stacks
    names: Names = field(init=False)
    waits: dict[int, Wait] = field(init=False)  # the first wait of each thread
    holder: dict[int, Wait] = field(init=False)  # a thread's wait for another thread
    rings: list[list[int]] = field(init=False)  # cycles of threads that wait for each other
    _activities: dict[int, Activity] = field(init=False)

    def __post_init__(self) -> None:
        self.names = Names(self.stacks.threads)
        self.waits = {wait.thread: wait for wait in reversed(self.stacks.waits)}
        self.holder = {
            wait.thread: wait
            for wait in self.stacks.waits
            if wait.owner is not None and wait.owner.thread is not None
        }
        self.rings = _rings({thread: self.held_by(thread) for thread in self.holder})
        self._activities = {
            thread.tid: thread.activity
            for thread in self.snapshot.threads
            if isinstance(thread.activity, Activity)
        }

    @property
    def recorded(self) -> bool:
        """Whether it was recorded what the threads did."""
        return bool(self._activities)

    def held_by(self, thread: int) -> int | None:
        """Return the thread that ``thread`` waits for, None when it waits for none."""
        wait = self.holder.get(thread)
        return wait.owner.thread if wait and wait.owner else None

    def activity(self, thread: int) -> Activity:
        """Return what a thread did, as far as it was recorded."""
        return self._activities.get(thread, Activity())


def _rings(following: Mapping[int, int | None]) -> list[list[int]]:
    """The cycles of a graph in which each thread waits for at most one other."""
    rings: list[list[int]] = []
    seen: set[int] = set()
    for start in following:
        chain: dict[int, None] = {}
        thread: int | None = start
        while thread is not None and thread not in seen:
            seen.add(thread)
            chain[thread] = None
            thread = following.get(thread)
        if thread in chain:
            members = list(chain)
            rings.append(members[members.index(thread) :])
    return rings
