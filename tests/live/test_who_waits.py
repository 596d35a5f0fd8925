"""Who waits for whom, from a mini dump of a process whose threads wait in a known way."""

from __future__ import annotations

import os
import shutil

import pytest

from dumpengine.dump_types import PRESETS
from dumpengine.snapshot import Thread
from dumpengine.stacks.files import Files
from dumpengine.stacks.look import look
from dumpengine.waiting.facts import Activity, LockKind, LockTrait, Thing
from tests.support.c_targets import compiled, running
from tests.support.capturing import children_of

MINI = PRESETS["mini"].value
TRIAGE = PRESETS["triage"].value


@pytest.fixture
def dumped(capture):
    """Dump ``waiters WAY``; return what its threads did by their names, and the target."""
    opened = []

    def dump(way: str, dump_type: int = MINI, **options: str) -> tuple[dict[str, Activity], dict]:
        context = running(compiled("waiters"), way)
        target = context.__enter__()
        opened.append(context)
        _, made, _ = capture(target.pid, dump_type, **options)
        activities = {
            "main" if thread.tid == target.pid else thread.name: _recorded(thread)
            for thread in made.snapshot().threads
        }
        return activities, dict(target.values)

    yield dump
    for context in opened:
        context.__exit__(None, None, None)


def _recorded(thread: Thread) -> Activity:
    assert isinstance(thread.activity, Activity)
    assert thread.activity.number == thread.tid
    return thread.activity


def test_locks_hold_the_numbers_of_the_threads_own_namespace(capture):
    if os.geteuid() or not shutil.which("unshare"):
        pytest.skip("only root can make a PID namespace")
    context = running("unshare", "-pf", "--kill-child", compiled("waiters"), "deadlock2")
    with context as target:
        (inside,) = map(int, children_of(target.pid))
        _, made, _ = capture(inside, MINI)
        threads = {thread.name: thread for thread in made.snapshot().threads}
        own = [threads[f"locker-{number}"] for number in range(2)]
        did = [thread.activity for thread in own]
        assert all(isinstance(activity, Activity) for activity in did)
        assert [activity.number for activity in did] == [target["locker-0"], target["locker-1"]]
        assert [activity.number for activity in did] != [thread.tid for thread in own]
        assert [activity.lock.owner for activity in did] == [
            activity.number for activity in did[::-1]
        ]
        found = look(made.snapshot(), Files()).findings[0]
        assert (found.kind, set(found.threads)) == ("deadlock", {thread.tid for thread in own})


@pytest.mark.parametrize("way", ["deadlock2", "pi", "join", "condition-held"])
def test_a_program_of_32_bits(capture, way):
    with running(compiled("waiters", "-m32"), way) as target:
        _, made, _ = capture(target.pid, MINI)
        locks = [_recorded(thread).lock for thread in made.snapshot().threads]
        owners = {lock.owner for lock in locks if lock is not None}
    expected = {
        "deadlock2": ("locker-0", "locker-1"),
        "pi": ("holder",),
        "join": ("sleeper",),
        "condition-held": ("holder",),
    }
    assert owners == {target[name] for name in expected[way]}


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("dump_type", [MINI, TRIAGE], ids=["mini", "triage"])
def test_each_of_a_ring_waits_for_the_next(dumped, count, dump_type):
    did, values = dumped(f"deadlock{count}", dump_type)
    for number in range(count):
        lock = did[f"locker-{number}"].lock
        following = (number + 1) % count
        assert lock is not None
        assert (lock.kind, lock.owner) == (LockKind.MUTEX, values[f"locker-{following}"])
        assert lock.address == values["mutex"] + following * 40


@pytest.mark.parametrize(
    ("mode", "kind", "traits"),
    [
        ("normal", LockKind.MUTEX, set()),
        ("recursive", LockKind.RECURSIVE_MUTEX, set()),
        ("checked", LockKind.CHECKED_MUTEX, set()),
        ("robust", LockKind.MUTEX, {LockTrait.ROBUST, LockTrait.SHARED}),
        ("pi", LockKind.MUTEX, {LockTrait.PRIORITY_INHERITANCE}),
        ("shared", LockKind.MUTEX, {LockTrait.SHARED}),
    ],
)
@pytest.mark.parametrize("how", ["stop", "snapshot"])
def test_every_mutex_names_its_holder(dumped, mode, kind, traits, how):
    did, values = dumped(mode, mode=how)
    for number in range(3):
        lock = did[f"waiter-{number}"].lock
        assert lock is not None
        assert (lock.kind, lock.address, lock.owner) == (kind, values["mutex"], values["holder"])
        assert lock.traits >= traits
    assert did["holder"].lock is None
    assert did["holder"].wait_channel == "hrtimer_nanosleep"


def test_a_rwlock_names_its_writer(dumped):
    did, values = dumped("written")
    for name in ("reader", "writer"):
        lock = did[name].lock
        assert lock is not None
        assert (lock.kind, lock.owner) == (LockKind.RWLOCK, values["holder"])


@pytest.mark.parametrize(("mode", "held"), [("condition", False), ("condition-held", True)])
def test_a_condition_variable_comes_with_its_mutex(dumped, mode, held):
    did, values = dumped(mode)
    lock = did["conditional"].lock
    assert lock is not None
    assert (lock.kind, lock.address) == (LockKind.CONDITION, values["condition"])
    assert lock.mutex == values["mutex"]
    assert lock.owner == (values["holder"] if held else 0)


def test_joining_names_the_thread(dumped):
    did, values = dumped("join")
    lock = did["joiner"].lock
    assert lock is not None
    assert (lock.kind, lock.owner) == (LockKind.JOIN, values["sleeper"])


def test_a_semaphore_has_no_owner(dumped):
    lock = dumped("semaphore")[0]["sem-waiter"].lock
    assert lock is not None
    assert (lock.kind, lock.owner) == (LockKind.FUTEX, 0)


@pytest.mark.parametrize(
    ("mode", "thing"),
    [
        ("pipe", Thing.PIPE),
        ("unix", Thing.SOCKET),
        ("flock", Thing.FILE_LOCK),
        ("fcntl", Thing.FILE_LOCK),
        ("child", Thing.CHILD),
    ],
)
def test_the_process_that_would_end_the_wait_is_known(dumped, mode, thing):
    did, values = dumped(mode)
    (found,) = did["main"].things
    assert found.thing is thing
    assert [(peer.pid, peer.state) for peer in found.peers] == [(values["peer"], "T")]


@pytest.mark.parametrize("mode", ["accept", "poll", "select"])
def test_a_listening_socket_has_its_address(dumped, mode):
    did, values = dumped(mode)
    (found,) = did["main"].things
    assert found.name == f"tcp listening on 0.0.0.0:{values['port']}"


def test_waiting_for_events(dumped):
    (found,) = dumped("epoll")[0]["main"].things
    assert found.thing is Thing.EPOLL


def test_a_thread_that_computes_stands_in_no_call(dumped):
    did = dumped("spin")[0]
    assert did["spinner"].call is None
    assert did["spinner"].state == "R"


def test_a_second_dump_says_the_same(capture):
    """A call with a time limit goes on as another call after the first stop."""
    with running(compiled("waiters"), "timed") as target:
        for _ in range(3):
            _, made, _ = capture(target.pid, MINI)
            (holder,) = (t for t in made.snapshot().threads if t.name == "holder")
            call = _recorded(holder).call
            assert call is not None
            assert call.number == 230  # clock_nanosleep
            (waiter,) = (t for t in made.snapshot().threads if t.name == "waiter-0")
            lock = _recorded(waiter).lock
            assert lock is not None
            assert (lock.kind, lock.owner) == (LockKind.MUTEX, target["holder"])
