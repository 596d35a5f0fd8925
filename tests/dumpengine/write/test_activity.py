"""What threads did: written, read back, filtered, damaged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dumpengine.dump_types import MinidumpType
from dumpengine.format.stream_types import StreamType
from dumpengine.snapshot import Absent, read_memory
from dumpengine.waiting.facts import (
    Activity,
    Lock,
    LockKind,
    LockTrait,
    Peer,
    SystemCall,
    Thing,
    WaitedFor,
)
from tests.support.fake_snapshot import HEAP, PAGE, snapshot, thread, written

T = MinidumpType
PIPE = WaitedFor(Thing.PIPE, 4, "/run/user/1000/fifo", (Peer(7, "sh", "S"), Peer(8, "cat", "T")))
SOCKET = WaitedFor(Thing.SOCKET, 5, "tcp 10.0.0.1:1 to 10.0.0.2:2")
LOCK = Lock(LockKind.CONDITION, HEAP + 64, 3, HEAP + PAGE, frozenset({LockTrait.ROBUST}))
ACTIVITY = Activity("S", "futex_do_wait", 1.25, 3, SystemCall(202, (HEAP, 0x80, 2, 0, 0, 9)))


def back(activity: Activity, dump_type: int = 0) -> Activity:
    made = snapshot(threads=(thread(100, activity=activity), thread(101)))
    found, other = written(made, dump_type)[0].snapshot().threads
    assert isinstance(other.activity, Absent)
    assert isinstance(found.activity, Activity)
    return found.activity


@pytest.mark.parametrize(
    "activity",
    [
        ACTIVITY,
        Activity(),
        replace(ACTIVITY, lock=LOCK),
        replace(ACTIVITY, things=(PIPE, SOCKET)),
        replace(ACTIVITY, things=(WaitedFor(Thing.CHILD),)),
    ],
)
def test_what_a_thread_did_comes_back(activity):
    assert back(activity) == activity


@pytest.mark.parametrize("filtering", [T.FilterTriage, T.FilterMemory | T.FilterModulePaths])
def test_filters_leave_out_folders_and_addresses(filtering):
    found = back(replace(ACTIVITY, things=(PIPE, SOCKET), lock=LOCK), filtering)
    assert [thing.name for thing in found.things] == ["fifo", ""]
    assert found.lock == LOCK


def test_the_memory_around_a_lock_is_in_the_smallest_dump():
    made = snapshot(threads=(thread(100, activity=replace(ACTIVITY, lock=LOCK)),))
    found = written(made)[0].snapshot().memory
    assert len(read_memory(found, HEAP, 65)) == 64  # the mapping begins here
    assert len(read_memory(found, HEAP + PAGE - 64, 129)) == 128


@pytest.mark.parametrize("filtering", [T.FilterTriage, T.FilterMemory])
def test_under_a_filter_the_facts_have_to_do(filtering):
    made = snapshot(threads=(thread(100, activity=replace(ACTIVITY, lock=LOCK)),))
    assert read_memory(written(made, filtering)[0].snapshot().memory, HEAP, 8) == b""


def test_a_lock_outside_of_all_mappings_is_no_obstacle():
    lost = replace(ACTIVITY, call=SystemCall(202, ((1 << 64) - 4, 0x80, 2, 0, 0, 0)))
    assert back(lost) == lost


def test_nothing_recorded_is_no_stream():
    dump = written(snapshot())[0]
    assert dump.file.find(StreamType.DumpDeskThreadActivity) is None


def test_sixty_threads_cost_little():
    """With the memory of 60 locks, each by itself: at most 16 KiB."""
    calls = [SystemCall(202, (HEAP + n * 0x80 * 8, 0x80, 2, 0, 0, 0)) for n in range(60)]
    plain = tuple(thread(100 + n, n) for n in range(60))
    busy = tuple(
        replace(one, activity=replace(ACTIVITY, call=call, lock=LOCK))
        for one, call in zip(plain, calls, strict=True)
    )
    sizes = [written(snapshot(60, threads=threads))[2].size for threads in (plain, busy)]
    assert 0 < sizes[1] - sizes[0] <= 16 << 10
