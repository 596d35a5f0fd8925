"""What a thread waits for, from what was recorded, from memory, from the code alone."""

from __future__ import annotations

import struct

import pytest

from dumpengine.snapshot import Range, Snapshot
from dumpengine.stacks.model import Frame, Owner, ThreadStack, Trust, Wait
from dumpengine.stacks.waits import with_waits
from dumpengine.waiting.facts import (
    Activity,
    Lock,
    LockKind,
    Peer,
    SystemCall,
    Thing,
    WaitedFor,
)
from tests.support.fake_memory import FakeMemory
from tests.support.fake_snapshot import CODE, HEAP, registers, snapshot, thread

FUTEX = SystemCall(202, (HEAP, 0x80, 2, 0, 0, 0))
INTERRUPTED = (1 << 64) - 512


def made(activity: Activity | None, memory: bytes = b"", code: bytes = b"") -> Snapshot:
    here = registers(pc=CODE + 7, rax=INTERRUPTED, rdi=HEAP, rsi=0x80, rdx=2)
    fields = {"activity": activity} if activity else {}
    waiting = thread(100, registers=here, stack=Range(0x1000, 0x1000), **fields)
    holder = thread(101, name="holder")
    return snapshot(threads=(waiting, holder), memory=FakeMemory({HEAP: memory, CODE: code}))


def waits(given: Snapshot, *functions: str) -> tuple[ThreadStack, list[Wait]]:
    frames = tuple(Frame(address=1, trust=Trust.CFI, function=name) for name in functions)
    (stack,), found = with_waits(given, [ThreadStack(id=100, frames=frames)])
    return stack, list(found)


def mutex(owner: int) -> bytes:
    return struct.pack("<5I", 2, 0, owner, 1, 0)


def test_a_recorded_lock_needs_no_memory():
    lock = Lock(LockKind.MUTEX, HEAP, 101)
    stack, found = waits(made(Activity("S", call=FUTEX, lock=lock, processor_time=0.5)))
    assert found == [
        Wait(
            thread=100,
            kind="mutex",
            object="mutex 0x500000",
            owner=Owner(thread=101, name="holder"),
        )
    ]
    assert (stack.state, stack.cpu_ms) == ("sleeping", 500.0)
    assert stack.waits_for == "mutex 0x500000 held by holder"


def test_memory_tells_what_was_not_recorded():
    (found,) = waits(made(Activity("S", call=FUTEX), mutex(101)))[1]
    assert found.owner == Owner(thread=101, name="holder")


def test_another_tools_dump_has_the_call_in_its_code():
    code = b"\xb8\xca\x00\x00\x00\x0f\x05"  # mov $202, %eax; syscall
    stack, (found,) = waits(made(None, mutex(101), code))
    assert (found.kind, found.owner) == ("mutex", Owner(thread=101, name="holder"))
    assert stack.state == ""


@pytest.mark.parametrize("code", [b"", b"\xb8\xca\x00\x00\x00\x0f\x34", b"\x90" * 7])
def test_other_code_tells_nothing(code):
    assert waits(made(None, mutex(101), code))[1] == []


@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        ("__new_sem_wait_slow64.constprop.0", "semaphore", "semaphore 0x500000"),
        ("pthread_rwlock_wrlock@@GLIBC_2.34", "rwlock", "read-write lock"),
        ("pthread_cond_wait", "condition", "condition variable"),
        ("__pthread_clockjoin_ex", "join", "the end of a thread"),
        ("take_gil", "gil", "Python's global lock (GIL)"),
        ("my_sem_wait", "lock", "lock 0x500000"),
    ],
)
def test_the_function_that_waits_tells_what_memory_cannot(function, kind, words):
    (found,) = waits(made(Activity("S", call=FUTEX)), "futex_wait", function)[1]
    assert (found.kind, found.object, found.owner) == (kind, words, None)


def test_a_mutex_of_a_thread_that_has_ended_is_one_where_the_code_says_so():
    given = made(Activity("S", call=FUTEX), mutex(999))
    assert waits(given)[1][0].kind == "lock"
    (found,) = waits(given, "__GI___lll_lock_wait", "___pthread_mutex_lock")[1]
    assert (found.kind, found.owner) == ("mutex", Owner(thread=999))


def test_the_global_lock_of_python_is_more_than_a_condition_variable():
    lock = Lock(LockKind.CONDITION, HEAP, 0, HEAP + 64)
    (found,) = waits(
        made(Activity("S", call=FUTEX, lock=lock)), "pthread_cond_timedwait", "take_gil"
    )[1]
    assert found.kind == "gil"


@pytest.mark.parametrize(
    ("call", "thing", "words"),
    [
        (1, WaitedFor(Thing.PIPE, 4), "pipe (descriptor 4, to write)"),
        (0, WaitedFor(Thing.PIPE, 4, "/run/f"), "pipe /run/f (descriptor 4, to read)"),
        (43, WaitedFor(Thing.SOCKET, 3, "tcp listening on 0.0.0.0:80"),
         "tcp socket listening on 0.0.0.0:80 (descriptor 3)"),
        (0, WaitedFor(Thing.SOCKET, 3), "socket (descriptor 3, to read)"),
        (0, WaitedFor(Thing.TERMINAL, 0, "/dev/tty1"),
         "terminal /dev/tty1 (descriptor 0, to read)"),
        (232, WaitedFor(Thing.EPOLL, 5, "eventpoll"), "events (descriptor 5)"),
        (73, WaitedFor(Thing.FILE_LOCK, 3, "/x"), "file lock on /x (descriptor 3)"),
        (61, WaitedFor(Thing.CHILD), "child process"),
    ],
)  # fmt: skip
def test_things_have_names(call, thing, words):
    (found,) = waits(made(Activity("S", call=SystemCall(call, (4,)), things=(thing,))))[1]
    assert (found.kind, found.object) == (thing.thing.name.lower(), words)


def test_each_process_at_the_other_end_could_end_the_wait():
    thing = WaitedFor(Thing.PIPE, 4, "", (Peer(7, "cat", "S"), Peer(8, "", "S")))
    stack, found = waits(made(Activity("S", call=SystemCall(0, (4,)), things=(thing,))))
    assert [wait.owner for wait in found] == [Owner(process=7, name="cat"), Owner(process=8)]
    assert stack.waits_for == "pipe (descriptor 4, to read) with cat (process 7) and process 8"


@pytest.mark.parametrize(
    ("number", "kind"), [(35, "sleep"), (34, "signal"), (0, "read"), (7, "poll"), (65, "message")]
)
def test_calls_without_a_thing(number, kind):
    (found,) = waits(made(Activity("S", call=SystemCall(number))))[1]
    assert found.kind == kind


def test_a_thread_in_no_call_waits_for_nothing():
    assert waits(made(Activity("R")))[1] == []
    assert waits(made(Activity("S", call=SystemCall(39))))[1] == []
