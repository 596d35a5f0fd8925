"""Sentences built from facts: who holds whom up, and that nothing is said of what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dumpengine.snapshot import ExceptionRecord, PageProtection, Thread
from dumpengine.stacks.model import Finding, Frame, Group, Stacks, ThreadStack, Trust
from dumpengine.stacks.two_looks import compare, did_not_move, with_earlier
from dumpengine.stacks.understand import understood
from dumpengine.waiting.facts import (
    Activity,
    Lock,
    LockKind,
    Peer,
    SystemCall,
    Thing,
    WaitedFor,
)
from tests.support.fake_snapshot import STACK, region, regions, registers, snapshot, thread

FUTEX = SystemCall(202, (0x1000, 0x80, 2, 0, 0, 0))
SLEEP = Activity("S", call=SystemCall(35))


def held(owner: int, kind: LockKind = LockKind.MUTEX, **fields: int) -> Activity:
    return Activity("S", call=FUTEX, lock=Lock(kind, 0x1000 + owner, owner, **fields))


def stack(number: int, name: str, *functions: str, **fields: object) -> ThreadStack:
    frames = [
        Frame(address=1, trust=Trust.CONTEXT, module="libc.so.6", function="__lll_lock_wait"),
        *(Frame(address=n, trust=Trust.CFI, module="app", function=f)
          for n, f in enumerate(functions)),
    ]  # fmt: skip
    made = ThreadStack(id=number, name=name, frames=tuple(frames))
    return replace(made, **fields)  # type: ignore[arg-type]


def look(did: Sequence[tuple[str, str, Activity]], **fields: object) -> Stacks:
    """Threads 100, 101, ... by name, function and what they did."""
    threads: list[Thread] = [
        thread(100 + n, n, name=name, activity=activity)
        for n, (name, _, activity) in enumerate(did)
    ]
    made = snapshot(len(did), threads=tuple(threads), **fields)
    told = tuple(stack(100 + n, name, function) for n, (name, function, _) in enumerate(did))
    groups: dict[tuple[Frame, ...], list[int]] = {}
    for one in told:
        groups.setdefault(one.frames, []).append(one.id)
    return understood(
        made,
        Stacks(
            process="app",
            pid=100,
            threads=told,
            groups=tuple(Group(threads=tuple(v), frames=k) for k, v in groups.items()),
        ),
    )


def sentences(stacks: Stacks) -> list[str]:
    return [finding.sentence for finding in stacks.findings]


def only(stacks: Stacks) -> Finding:
    (finding,) = stacks.findings
    return finding


def test_a_deadlock_of_two():
    found = only(look([("ab", "lock_ab", held(101)), ("ba", "lock_ba", held(100))]))
    assert found.kind == "deadlock"
    assert found.sentence == (
        "ab waits in lock_ab() for the mutex that ba holds, which waits in lock_ba() for the "
        "mutex that ab holds: deadlock."
    )
    assert found.threads == (100, 101)
    assert [(fact.thread, fact.address) for fact in found.proof] == [(100, 0x1065), (101, 0x1064)]


def test_a_deadlock_of_three_with_a_join_and_one_that_waits_for_it():
    found = look(
        [
            ("a", "fa", held(101)),
            ("b", "fb", held(102, LockKind.JOIN)),
            ("c", "fc", held(100, LockKind.RWLOCK)),
            ("d", "fd", held(100)),
        ]
    ).findings
    assert [finding.sentence for finding in found] == [
        "a waits in fa() for the mutex that b holds, which waits in fb() for c to end, which "
        "waits in fc() for the read-write lock that a has locked for writing: deadlock.",
        "d waits in fd() for the mutex that a holds, which waits in fa() for the mutex that b "
        "holds.",
    ]


def test_a_thread_that_locks_a_mutex_twice():
    assert sentences(look([("a", "fa", held(100))])) == [
        "a waits in fa() for the mutex that it holds itself: deadlock."
    ]


def test_many_wait_for_one_that_sleeps():
    did = [("owner", "own", SLEEP), *((f"w{n}", "work", held(100)) for n in range(2))]
    found = only(look(did))
    assert found.kind == "held"
    assert found.sentence == "2 threads wait in work() for the mutex that owner holds, which " \
        "sleeps in own()."  # fmt: skip
    assert found.threads == (101, 102, 100)


def test_one_waits_for_one_that_waits_for_a_process():
    pipe = WaitedFor(Thing.PIPE, 4, "", (Peer(7, "cat", "S"),))
    writes = Activity("S", call=SystemCall(1, (4,)), things=(pipe,))
    assert sentences(look([("out", "flush", writes), ("w", "work", held(100))])) == [
        "w waits in work() for the mutex that out holds, which waits in flush() for a pipe "
        "(descriptor 4, to write), whose other end cat (process 7) has."
    ]


def test_a_holder_that_has_ended_is_named_only_where_the_code_proves_the_mutex():
    """Its memory alone may be anything."""
    did = look([("a", "fa", held(999))])
    assert [finding.kind for finding in did.findings] == ["holder_gone"]
    assert "thread 999, is none of this process" in only(did).sentence


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (Thing.PIPE, "for a pipe at whose other end is less (process 7), which is stopped."),
        (Thing.SOCKET, "for a socket at whose other end is less (process 7), which is stopped."),
        (Thing.FILE_LOCK, "for a file lock that is held by less (process 7), which is stopped."),
        (Thing.CHILD, "for its child less (process 7) to end, which is stopped."),
    ],
)
def test_a_stopped_process_at_the_other_end(thing, words):
    waits = Activity("S", call=SystemCall(1, (4,)),
                     things=(WaitedFor(thing, 4, "", (Peer(7, "less", "T"),)),))  # fmt: skip
    found = only(look([("main", "write_all", waits)]))
    assert (found.kind, found.sentence) == ("peer_stopped", f"main waits in write_all() {words}")


def test_of_two_readers_one_that_runs_is_enough():
    peers = (Peer(7, "less", "T"), Peer(8, "tee", "S"))
    waits = Activity("S", call=SystemCall(1, (4,)), things=(WaitedFor(Thing.PIPE, 4, "", peers),))
    assert only(look([("main", "f", waits)])).kind == "nothing"


def test_a_condition_variable_accuses_nobody():
    condition = held(101, LockKind.CONDITION, mutex=0x2000)
    found = look([("a", "wait", condition), ("b", "work", SLEEP)])
    assert only(found).kind == "nothing"
    assert found.threads[0].waits_for == "condition variable 0x1065 (mutex 0x2000 held by b)"
    assert found.waits[0].owner is None


def test_threads_that_sleep_alike():
    did = [("main", "main", SLEEP), *((f"w{n}", "worker", SLEEP) for n in range(5))]
    assert sentences(look(did)) == [
        "Nothing suspicious in 6 threads: none crashed, and none waits for another that is known "
        "to hold it up.",
        "5 threads sleep alike in worker().",
    ]


def test_threads_of_one_name_are_told_apart():
    assert sentences(look([("w", "f", held(101)), ("w", "g", SLEEP)])) == [
        "w (100) waits in f() for the mutex that w (101) holds, which sleeps in g()."
    ]


def test_a_crash_has_its_cause():
    record = ExceptionRecord(
        thread_id=100, code=11, address=0, registers=registers(), parameters=(1,)
    )
    found = look([("main", "parse", Activity("R"))], exception=record).findings[0]
    assert found.kind == "crash"
    assert found.sentence == "main crashed in parse(): SIGSEGV at address 0x0."


def test_a_stack_that_ran_over():
    """The fault is just below the stack's lowest page, beside the stack pointer."""
    low = STACK
    record = ExceptionRecord(
        thread_id=100, code=11, address=low - 8, registers=registers(sp=low + 16)
    )
    guard = region(low - 0x1000, 0x1000, PageProtection.NOACCESS)
    areas = tuple(sorted((*regions(1), guard), key=lambda one: one.start))
    kinds = [
        finding.kind
        for finding in look(
            [("main", "recurse", Activity("R"))], exception=record, regions=areas
        ).findings
    ]
    assert kinds == ["crash", "stack_overflow"]


def test_a_fault_elsewhere_is_no_overflow():
    record = ExceptionRecord(
        thread_id=100, code=11, address=0x10, registers=registers(sp=STACK + 0x800)
    )
    kinds = [f.kind for f in look([("main", "f", Activity("R"))], exception=record).findings]
    assert kinds == ["crash"]


def moved(name: str, cpu: float, function: str = "f", **fields: object) -> Stacks:
    return Stacks(
        process="app", pid=100, threads=(stack(100, name, function, cpu_ms=cpu, **fields),)
    )


def test_two_looks_tell_a_main_thread_that_stands_still():
    before, after = (moved("main", cpu, waits_for="a mutex") for cpu in (5.0, 5.0))
    (found,) = compare(before, after, 3.0)
    assert (found.kind, found.sentence) == (
        "blocked",
        "The main thread has stood still in f() for at least 3 s: it waits for a mutex.",
    )
    assert did_not_move(before, after) == (100,)


def test_two_looks_tell_a_thread_that_computes():
    (found,) = compare(moved("main", 100.0), moved("main", 1060.0), 1.0)
    assert (found.kind, found.sentence) == (
        "spinning",
        "main computes in f(): 96% of a processor for 1.0 s.",
    )


@pytest.mark.parametrize(
    ("after", "seconds"),
    [(moved("main", 5.0, "g"), 3.0), (moved("main", 205.0), 3.0), (moved("main", 5.0), 0.01)],
    ids=["it moved", "it worked a little", "too close together"],
)
def test_two_looks_tell_nothing_of(after, seconds):
    assert compare(moved("main", 5.0, waits_for="x"), after, seconds) == ()


@pytest.mark.parametrize(
    ("states", "sentence"),
    [
        (
            "TT",
            "The process is stopped by a signal: nothing of it runs until it is continued.",
        ),
        (
            "tt",
            "The process is stopped by a debugger: nothing of it runs until it is continued.",
        ),
    ],
)
def test_a_process_that_was_stopped_before(states, sentence):
    did = [("a", "f", Activity(states[0])), ("b", "g", Activity(states[1]))]
    assert sentences(look(did)) == [sentence]


def test_one_stopped_thread_is_no_stopped_process():
    assert only(look([("a", "f", Activity("T")), ("b", "g", SLEEP)])).kind == "nothing"


def test_what_two_looks_tell_takes_the_place_of_nothing():
    nothing = Finding(kind="nothing", sentence="Nothing suspicious.")
    before, after = (
        replace(moved("main", 5.0, waits_for="x"), findings=(nothing,)) for _ in range(2)
    )
    assert [f.kind for f in with_earlier(before, after, 3.0).findings] == ["blocked"]
    assert with_earlier(before, after, 0.0).findings == (nothing,)


def test_those_at_the_end_of_a_chain_name_the_one_at_its_head():
    did = [(f"t{n}", "f", held(101 + n)) for n in range(3000)]
    assert sentences(look([*did, ("last", "g", SLEEP)]))[0] == (
        "t2999 waits in f() for the mutex that last holds, which sleeps in g(); 2999 more wait "
        "behind."
    )


def test_a_dump_that_tells_nothing_of_waits_is_not_called_innocent():
    made = snapshot(2, threads=(thread(100), thread(101, 1)))
    told = (stack(100, "a", "f"), stack(101, "b", "g"))
    found = understood(made, Stacks(process="app", pid=100, threads=told))
    assert sentences(found) == [
        "No crash is recorded of 2 threads; what they wait for is not in the dump."
    ]


def test_a_lock_without_a_recorded_holder_accuses_nobody():
    """As musl's plain mutexes, and the locks of Python's threads."""
    did = [("main", "main", SLEEP), ("a", "fa", held(0)), ("b", "fb", held(0))]
    found = look(did)
    assert [finding.kind for finding in found.findings] == ["nothing", "unowned"]
    assert sentences(found)[1] == "2 threads wait for the mutex whose holder is not recorded."


def test_nothing_suspicious_is_not_said_of_locks_whose_holders_are_nowhere():
    """Two threads that hold each other's lock of Python look just like this."""
    waiting = Activity("S", call=FUTEX, lock=Lock(LockKind.FUTEX, 0x1000))
    found = look([(name, "PyThread_acquire_lock_timed", waiting) for name in ("one", "two")])
    assert [finding.kind for finding in found.findings] == ["unowned"]
    assert sentences(found)[0] == (
        "2 threads wait in PyThread_acquire_lock_timed() for a Python lock whose holder is not "
        "recorded."
    )
