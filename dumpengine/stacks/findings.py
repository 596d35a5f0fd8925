"""What a process suffers from, in sentences built from facts, each with its proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dumpengine.snapshot import Snapshot
from dumpengine.stacks.case import Case, Kind, make
from dumpengine.stacks.crashes import crash, handled_faults, overflows
from dumpengine.stacks.hold_ups import deadlocks, held_up
from dumpengine.stacks.model import Finding, Proof, Stacks
from dumpengine.stacks.wait_words import STATES
from dumpengine.waiting.facts import Peer, Thing

_LEAST_ALIKE = 3
_HARMLESS = {Kind.UNOWNED.value, Kind.ALIKE.value}  # as idle threads are
# Kinds of waits for what one thread holds at a time; a semaphore is for anybody to give.
_LOCKS = {
    "mutex": "the mutex",
    "rwlock": "the read-write lock",
    "python_lock": "a Python lock",
    "critical_section": "the critical section",
    "srw_lock": "a slim reader/writer lock",
}


def find(snapshot: Snapshot, stacks: Stacks) -> tuple[Finding, ...]:
    """Return the findings of one look, the gravest first; "nothing" when there are no others."""
    case = Case(snapshot, stacks)
    found = [finding for finder in FINDERS for finding in finder(case)]
    if all(finding.kind in _HARMLESS for finding in found) and not _waits_in_the_dark(case):
        found.insert(0, _nothing(case))
    return tuple(found)


def _crashes(case: Case) -> Iterator[Finding]:
    found = crash(case.snapshot, case.names)
    if found is not None:
        yield make(Kind.CRASH, found.sentence, found.threads, found.proof)
    for overflow in overflows(case.snapshot, case.names):
        yield make(Kind.STACK_OVERFLOW, overflow.sentence, overflow.threads, overflow.proof)
    for fault in handled_faults(case.snapshot, case.names):
        yield make(Kind.HANDLED_FAULT, fault.sentence, fault.threads, fault.proof)


def _stopped_peers(case: Case) -> Iterator[Finding]:
    for thread in case.stacks.threads:
        for thing in case.activity(thread.id).things:
            stopped = [peer for peer in thing.peers if peer.state in ("T", "t")]
            if stopped and len(stopped) == len(thing.peers):
                yield _stopped_peer(case, thread.id, thing.thing, stopped)


_PEER_WORDS = {
    Thing.PIPE: "for a pipe at whose other end is {who}",
    Thing.SOCKET: "for a socket at whose other end is {who}",
    Thing.FILE_LOCK: "for a file lock that is held by {who}",
    Thing.CHILD: "for its child {who} to end",
}


def _stopped_peer(case: Case, thread: int, thing: Thing, peers: list[Peer]) -> Finding:
    who = " and ".join(f"{peer.name} (process {peer.pid})" for peer in peers)
    words = _PEER_WORDS.get(thing, "for {who}").format(who=who)
    verb = "which is" if len(peers) == 1 else "which are"
    sentence = f"{case.names.of(thread)} waits{case.names.place(thread)} {words}, {verb} stopped."
    proof = [Proof(text=f"process {p.pid} ({p.name}) is in state {p.state}") for p in peers]
    if wait := case.waits.get(thread):
        proof.append(Proof(text=f"it waits for {wait.object}", thread=thread))
    return make(Kind.PEER_STOPPED, sentence, [thread], proof)


def _stopped(case: Case) -> Iterator[Finding]:
    """Somebody stopped the process before we did: a shell's job control, a debugger."""
    states = {stack.state for stack in case.stacks.threads}
    who = {STATES["T"]: "by a signal", STATES["t"]: "by a debugger"}
    if len(states) == 1 and (state := states.pop()) in who:
        sentence = f"The process is stopped {who[state]}: nothing of it runs until it is continued."
        threads = [stack.id for stack in case.stacks.threads]
        proof = Proof(text=f'every thread was "{state}" before it was looked at')
        yield make(Kind.STOPPED, sentence, threads, [proof])


def _unowned(case: Case) -> Iterator[Finding]:
    """Locks that do not record who holds them: where their threads stand is all there is."""
    waiting: dict[tuple[str, str], list[int]] = {}
    for wait in case.waits.values():
        if wait.kind in _LOCKS and wait.owner is None:
            waiting.setdefault((wait.kind, wait.object), []).append(wait.thread)
    for (kind, words), threads in waiting.items():
        many = len(threads) > 1
        who = f"{len(threads)} threads wait" if many else f"{case.names.of(threads[0])} waits"
        places = {case.names.place(thread) for thread in threads}
        where = places.pop() if len(places) == 1 else ""
        sentence = f"{who}{where} for {_LOCKS[kind]} whose holder is not recorded."
        proof = [Proof(text=f"they wait for {words}" if many else f"it waits for {words}")]
        yield make(Kind.UNOWNED, sentence, threads, proof)


def _alike(case: Case) -> Iterator[Finding]:
    for group in case.stacks.groups:
        states = {stack.state for stack in map(case.names.stack, group.threads) if stack}
        if len(group.threads) < _LEAST_ALIKE or "running" in states or not group.frames:
            continue
        where = case.names.place(group.threads[0])
        verb = "sleep" if states == {"sleeping"} else "stand"
        sentence = f"{len(group.threads)} threads {verb} alike{where}."
        yield make(
            Kind.ALIKE, sentence, group.threads, [Proof(text=f"{len(group.frames)} equal frames")]
        )


def _waits_in_the_dark(case: Case) -> bool:
    """Whether threads wait for locks of which even a deadlock would not show."""
    return any(wait.kind == "python_lock" and not wait.owner for wait in case.waits.values())


def _nothing(case: Case) -> Finding:
    count = len(case.stacks.threads)
    threads = f"{count} threads" if count != 1 else "1 thread"
    sentence = (
        f"Nothing suspicious in {threads}: none crashed, and none waits for another that is known "
        "to hold it up."
    )
    if not case.stacks.waits and not case.recorded:
        sentence = f"No crash is recorded of {threads}; what they wait for is not in the dump."
    return make(Kind.NOTHING, sentence, (), ())


Finder = Callable[[Case], Iterable[Finding]]
# The gravest first.
FINDERS: tuple[Finder, ...] = (
    _crashes,
    deadlocks,
    _stopped,
    _stopped_peers,
    held_up,
    _unowned,
    _alike,
)
