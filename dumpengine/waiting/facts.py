"""What was known of a thread's waiting at the moment of a capture.

Names and paths are text of other processes and of the target: only ever text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class SystemCall:
    """A system call that a thread stands in: its number in the thread's own instruction set.

    ``arguments`` are the up to six words it was given.
    """

    number: int
    arguments: tuple[int, ...] = ()

    def argument(self, index: int) -> int:
        """Return one argument, 0 when it is not known."""
        return self.arguments[index] if index < len(self.arguments) else 0


class Thing(Enum):
    """What a thread can wait for outside of its own memory; the value is stored in dumps."""

    PIPE = 1
    SOCKET = 2
    EPOLL = 3
    EVENT = 4  # eventfd, timerfd, signalfd, inotify and their kind
    TERMINAL = 5
    FILE = 6
    FILE_LOCK = 7
    CHILD = 8


@dataclass(frozen=True, slots=True)
class Peer:
    """A process that could end the wait: it has the other end, or it is the child.

    ``state`` is the letter of proc(5): T is stopped, Z has ended.
    """

    pid: int
    name: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """One thing that a thread waits for.

    ``descriptor`` is -1 where there is none. ``name`` is a path, addresses, or empty. With no
    ``peers`` nobody was found who could end the wait; that is no proof that there is nobody.
    """

    thing: Thing
    descriptor: int = -1
    name: str = ""
    peers: tuple[Peer, ...] = ()


class LockKind(Enum):
    """What a futex belongs to; the value is stored in dumps."""

    FUTEX = 1  # nothing we can prove: a semaphore, a lock of Rust's, Go's, Java's...
    MUTEX = 2
    RECURSIVE_MUTEX = 3
    CHECKED_MUTEX = 4
    ADAPTIVE_MUTEX = 5
    RWLOCK = 6
    CONDITION = 7
    JOIN = 8


class LockTrait(Enum):
    """What a mutex was made with; the value is a bit in dumps."""

    PRIORITY_INHERITANCE = 1
    ROBUST = 2
    SHARED = 4  # between processes


@dataclass(frozen=True, slots=True)
class Lock:
    """What a thread waits for in futex(2), decoded from its memory at that moment.

    ``address`` is the lock's, not the futex word's. ``owner`` is the holder's number as the lock
    holds it, in the thread's own PID namespace (for a join: the thread awaited); 0 is unknown.
    ``mutex`` is the address of the mutex that comes with a condition variable, 0 when it was not
    found; ``owner`` is that mutex's holder then.
    """

    kind: LockKind
    address: int
    owner: int = 0
    mutex: int = 0
    traits: frozenset[LockTrait] = frozenset()


@dataclass(frozen=True, slots=True)
class Activity:
    """What a thread was doing.

    ``state`` (the letter of proc(5)) and ``wait_channel`` (the kernel's function) were read just
    before the stop, for afterwards they tell of the tracer: empty when they could not be.
    ``processor_time`` is in seconds. ``number`` is the thread's id in its own PID namespace: the
    one that it writes into locks. ``call`` is None for a thread that stood in none.
    """

    state: str = ""
    wait_channel: str = ""
    processor_time: float = 0.0
    number: int = 0
    call: SystemCall | None = None
    things: tuple[WaitedFor, ...] = ()
    lock: Lock | None = None
