"""The words for what a thread waits for: kinds, objects, states."""

from __future__ import annotations

from collections.abc import Sequence

from dumpengine.stacks.model import Owner, Wait
from dumpengine.waiting.facts import Lock, LockKind, Peer, Thing, WaitedFor
from dumpengine.waiting.system_calls import Waits

MUTEXES = frozenset(
    {
        LockKind.MUTEX,
        LockKind.RECURSIVE_MUTEX,
        LockKind.CHECKED_MUTEX,
        LockKind.ADAPTIVE_MUTEX,
    }
)
# What somebody holds; of other things a process has the other end.
_HELD = frozenset({"mutex", "rwlock", "file_lock", "gil", "critical_section"})
GIL = "Python's global lock (GIL)"
# What threading.Lock and its kind are acquired with, up to 3.13 and since.
SCRIPT_LOCKS = ("PyThread_acquire_lock", "PyMutex_Lock", "PyParkingLot_Park")
LOCK_WORDS = {
    LockKind.FUTEX: ("lock", "lock 0x{:x}"),
    LockKind.RWLOCK: ("rwlock", "read-write lock 0x{:x}"),
    LockKind.CONDITION: ("condition", "condition variable 0x{:x}"),
    LockKind.JOIN: ("join", "the end of"),
}
SIMPLE = {
    Waits.SLEEPS: ("sleep", "the end of its sleep"),
    Waits.SIGNAL: ("signal", "a signal"),
    Waits.MESSAGE: ("message", "a message of System V or POSIX queues"),
    Waits.DISK: ("file", "a file"),
    Waits.EPOLL: ("epoll", "events"),
    Waits.POLLS: ("poll", "descriptors"),
    Waits.SELECTS: ("poll", "descriptors"),
    Waits.READS: ("read", "data"),
    Waits.WRITES: ("write", "room for data"),
    Waits.ACCEPTS: ("socket", "a connection"),
    Waits.CONNECTS: ("socket", "a connection"),
    Waits.FLOCK: ("file_lock", "a file lock"),
    Waits.FCNTL: ("file_lock", "a file lock"),
    Waits.CHILD: ("child", "a child process"),
    Waits.CHILD_BY_ID: ("child", "a child process"),
}
_THING_WORDS = {
    Thing.PIPE: "pipe",
    Thing.SOCKET: "socket",
    Thing.EPOLL: "events",
    Thing.EVENT: "event",
    Thing.TERMINAL: "terminal",
    Thing.FILE: "file",
    Thing.FILE_LOCK: "file lock on",
    Thing.CHILD: "child process",
}
# What the code says of a futex whose memory does not: the function that waits.
BY_FUNCTION = (
    ("pthread_mutex", "mutex", "mutex 0x{:x}"),
    ("pthread_rwlock", "rwlock", "read-write lock"),
    ("pthread_cond", "condition", "condition variable"),
    ("pthread_join", "join", "the end of a thread"),
    ("pthread_clockjoin", "join", "the end of a thread"),
    ("pthread_timedjoin", "join", "the end of a thread"),
    ("pthread_barrier", "barrier", "barrier"),
    ("sem_wait", "semaphore", "semaphore 0x{:x}"),
    ("sem_timedwait", "semaphore", "semaphore 0x{:x}"),
    ("sem_clockwait", "semaphore", "semaphore 0x{:x}"),
    ("new_sem_wait", "semaphore", "semaphore 0x{:x}"),
)

STATES = {
    "R": "running",
    "S": "sleeping",
    "D": "sleeping, cannot be interrupted",
    "T": "stopped",
    "t": "held by a debugger",
    "Z": "ended",
    "X": "ended",
    "I": "idle",
}


def phrase(waits: Sequence[Wait]) -> str:
    """Say what a thread waits for."""
    objects: dict[tuple[str, str], list[Owner]] = {}
    for wait in waits:
        owners = objects.setdefault((wait.kind, wait.object), [])
        owners += [wait.owner] if wait.owner else []
    return ", ".join(f"{words}{_held_by(kind, own)}" for (kind, words), own in objects.items())


def _held_by(kind: str, owners: Sequence[Owner]) -> str:
    if not owners:
        return ""
    who = " and ".join(map(_owner_name, owners))
    if kind == "join":
        return f" {who}"
    if kind in _HELD:
        return f" held by {who}"
    return f" with {who}"


def _owner_name(owner: Owner) -> str:
    if owner.thread is not None:
        return owner.name or f"thread {owner.thread}"
    return f"{owner.name} (process {owner.process})" if owner.name else f"process {owner.process}"


def mutex_words(lock: Lock, owner: Owner | None) -> str:
    """Say which mutex comes with a condition variable, and who holds it."""
    if not lock.mutex:
        return ""
    held = f" held by {owner.name or f'thread {owner.thread}'}" if owner else ""
    return f" (mutex 0x{lock.mutex:x}{held})"


def peer_owner(peer: Peer) -> Owner:
    """Return a process at the other end as the owner of a wait."""
    return Owner(process=peer.pid, name=peer.name)


def thing_words(thing: WaitedFor, how: Waits) -> str:
    """Say what a thing is: "pipe (descriptor 4, to write)"."""
    words = _THING_WORDS[thing.thing]
    name = thing.name
    if thing.thing is Thing.EPOLL:
        name = ""
    if thing.thing is Thing.SOCKET and name:
        words = f"{name.split(' ', 1)[0]} socket {name.partition(' ')[2]}".rstrip()
    elif name:
        words = f"{words} {name}"
    if thing.descriptor < 0:
        return words
    aim = {Waits.READS: ", to read", Waits.WRITES: ", to write"}.get(how, "")
    return f"{words} (descriptor {thing.descriptor}{aim})"
