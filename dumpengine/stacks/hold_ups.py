"""Threads that hold each other up: deadlocks, and many that wait for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dumpengine.stacks.case import Case, Kind, make
from dumpengine.stacks.model import Finding, Proof, Wait

_THE = {
    "mutex": "the mutex",
    "rwlock": "the read-write lock",
    "gil": "Python's global lock",
    "critical_section": "the critical section",
}


def deadlocks(case: Case) -> Iterator[Finding]:
    """Yield each ring of threads of which each waits for the next."""
    for ring in case.rings:
        proof = [_proof(case, thread) for thread in ring]
        yield make(Kind.DEADLOCK, _ring_words(case, ring), ring, proof)


def _ring_words(case: Case, ring: list[int]) -> str:
    first = case.names.of(ring[0])
    if len(ring) == 1:
        lock = _THE.get(case.holder[ring[0]].kind, "the lock")
        where = case.names.place(ring[0])
        return f"{first} waits{where} for {lock} that it holds itself: deadlock."
    clauses = [f"waits{_for(case, thread)}" for thread in ring]
    return f"{first} {', which '.join(clauses)}: deadlock."


def held_up(case: Case) -> Iterator[Finding]:
    """Yield the threads that wait for one that waits for no other, or is in a deadlock itself.

    What that one does holds up all of them, and those that wait behind them.
    """
    roots: dict[tuple[int, str], list[int]] = {}
    deadlocked = {thread for ring in case.rings for thread in ring}
    for thread, wait in case.holder.items():
        holder = case.held_by(thread)
        is_root = holder not in case.holder or holder in deadlocked
        if holder is not None and is_root and thread not in deadlocked:
            roots.setdefault((holder, wait.object), []).append(thread)
    behind = _waiting_for(case)
    for (holder, _), threads in roots.items():
        yield _held_up(case, holder, threads, _all_behind(threads, behind))


def _waiting_for(case: Case) -> dict[int, list[int]]:
    waiting: dict[int, list[int]] = {}
    for thread in case.holder:
        holder = case.held_by(thread)
        if holder is not None:
            waiting.setdefault(holder, []).append(thread)
    return waiting


def _all_behind(threads: Sequence[int], waiting: dict[int, list[int]]) -> list[int]:
    found: list[int] = []
    pending = list(threads)
    while pending:
        more = waiting.get(pending.pop(), [])
        found += more
        pending += more
    return found


def _held_up(case: Case, holder: int, threads: list[int], behind: list[int]) -> Finding:
    gone = case.names.stack(holder) is None
    more = f"; {len(behind)} more {_verb(behind)} behind" if behind else ""
    sentence = f"{_subject(case, threads)}{_clause(case, holder, threads, gone=gone)}{more}."
    kind = Kind.HOLDER_GONE if gone else Kind.HELD
    concerned = [*threads, *behind, *([] if gone else [holder])]
    return make(kind, sentence, concerned, [_proof(case, thread) for thread in threads])


def _verb(threads: Sequence[int]) -> str:
    return "waits" if len(threads) == 1 else "wait"


def _subject(case: Case, threads: list[int]) -> str:
    who = case.names.of(threads[0]) if len(threads) == 1 else f"{len(threads)} threads"
    return f"{who} {_verb(threads)}"


def _clause(case: Case, holder: int, threads: list[int], *, gone: bool) -> str:
    alike = len({case.names.place(thread) for thread in threads}) == 1
    if gone:
        lock = _THE.get(case.holder[threads[0]].kind, "the lock")
        where = case.names.place(threads[0]) if alike else ""
        return f"{where} for {lock} whose holder, thread {holder}, is none of this process"
    return f"{_for(case, threads[0], with_place=alike)}, {_doing(case, holder)}"


def _for(case: Case, thread: int, *, with_place: bool = True) -> str:
    """ " in f() for the mutex that B holds"."""
    wait, holder = case.holder[thread], case.held_by(thread)
    assert holder is not None
    who = case.names.of(holder)
    where = case.names.place(thread) if with_place else ""
    if wait.kind == "join":
        return f"{where} for {who} to end"
    if wait.kind == "rwlock":
        return f"{where} for the read-write lock that {who} has locked for writing"
    return f"{where} for {_THE.get(wait.kind, 'the lock')} that {who} holds"


def _doing(case: Case, thread: int) -> str:
    """What a thread does that others wait for: "which sleeps in own()"."""
    where = case.names.place(thread)
    if case.held_by(thread) is not None:
        return f"which waits{_for(case, thread)}"
    wait = case.waits.get(thread)
    if wait and wait.kind == "sleep":
        return f"which sleeps{where}"
    if wait:
        return f"which waits{where} for {_with_article(wait.object)}{_at_other_end(wait)}"
    stack = case.names.stack(thread)
    return f"which runs{where}" if stack and stack.state == "running" else f"which is{where}"


_DEFINITE = {"mutex", "critical", "slim", "condition", "read-write", "lock", "semaphore"}
_INDEFINITE = {"pipe", "socket", "tcp", "udp", "unix", "terminal", "file"}


def _with_article(words: str) -> str:
    first = words.split(" ", 1)[0]
    article = "the " if first in _DEFINITE else "a " if first in _INDEFINITE else ""
    return article + words


def _at_other_end(wait: Wait) -> str:
    if wait.owner is None or wait.owner.process is None:
        return ""
    return f", whose other end {wait.owner.name} (process {wait.owner.process}) has"


def _proof(case: Case, thread: int) -> Proof:
    wait, holder = case.holder[thread], case.held_by(thread)
    who = case.names.of(thread)
    text = f"{who} waits for {wait.object}; its holder is thread {holder}"
    if wait.kind == "join":
        text = f"{who} joins thread {holder}"
    lock = case.activity(thread).lock
    return Proof(text=text, thread=thread, address=lock.address if lock else None)
