"""Locks decoded from bytes: what is one, what only looks like one, and hostile memory."""

from __future__ import annotations

import random
import struct

import pytest

from dumpengine.snapshot import Range
from dumpengine.stacks.locks import LockReader
from dumpengine.waiting.facts import Lock, LockKind, LockTrait, SystemCall
from tests.support.fake_memory import FakeMemory
from tests.support.fake_snapshot import registers, thread

LOCK = 0x50_0000
STACK = 0x7000_0000
BLOCKS = {100: 0x7100_0000, 101: 0x7101_0000}
WAIT, WAIT_SHARED, LOCK_PI, WAIT_BITSET = 0x80, 0, 0x86, 0x189
WAITERS = 0x80000000


def mutex(word: int = 2, owner: int = 101, users: int = 1, kind: int = 0) -> bytes:
    return struct.pack("<5I", word, 0, owner, users, kind) + bytes(20)


def read(
    data: bytes, operation: int = WAIT, *, at: int = LOCK, base: int = LOCK, **fields: object
) -> Lock:
    stack = fields.pop("stack", bytes(64))
    assert isinstance(stack, bytes)
    memory = FakeMemory({base: data, STACK: stack})
    reader = LockReader(memory, fields.pop("blocks", BLOCKS), **fields)  # type: ignore[arg-type]
    waiting = thread(
        100, registers=registers(sp=STACK), stack=Range(STACK, STACK + len(stack)), teb=BLOCKS[100]
    )
    return reader.read(SystemCall(202, (at, operation, 2, 0, 0, 0)), 100, waiting)


@pytest.mark.parametrize(
    ("kind", "expected", "traits"),
    [
        (0, LockKind.MUTEX, set()),
        (1, LockKind.RECURSIVE_MUTEX, set()),
        (2, LockKind.CHECKED_MUTEX, set()),
        (3, LockKind.ADAPTIVE_MUTEX, set()),
        (0x80, LockKind.MUTEX, {LockTrait.SHARED}),
    ],
)
def test_every_kind_of_mutex_names_its_holder(kind, expected, traits):
    assert read(mutex(kind=kind)) == Lock(expected, LOCK, 101, traits=frozenset(traits))


def test_a_robust_mutex_names_its_holder_in_its_word():
    found = read(mutex(word=WAITERS | 101, kind=0x10))
    assert (found.owner, found.traits) == (101, {LockTrait.ROBUST})


@pytest.mark.parametrize("data", [mutex(word=WAITERS | 101, kind=0x20), b"\x65\0\0\x80"])
def test_a_lock_with_priority_inheritance_needs_no_more_than_its_word(data):
    found = read(data, LOCK_PI)
    assert (found.kind, found.owner) == (LockKind.MUTEX, 101)
    assert found.traits == {LockTrait.PRIORITY_INHERITANCE}


@pytest.mark.parametrize(
    "data",
    [
        mutex(owner=999),  # no thread of this process
        mutex(owner=0),
        mutex(users=0),
        mutex(kind=0x4000),
        mutex(word=1),  # nobody waits for it
        mutex(word=WAITERS | 100, owner=101, kind=0x10)[:16] + struct.pack("<I", 0),
        mutex()[:12],  # the mapping ends
        b"",
    ],
)
def test_what_has_not_the_shape_of_a_mutex_is_a_futex_of_unknown_owner(data):
    assert read(data) == Lock(LockKind.FUTEX, LOCK)


def test_code_that_locks_a_mutex_lets_its_holder_have_ended():
    reader = LockReader(FakeMemory({LOCK: mutex(owner=999)}), BLOCKS)
    assert reader.mutex_at(LOCK) is None
    assert reader.mutex_at(LOCK, known=True) == Lock(LockKind.MUTEX, LOCK, 999)


@pytest.mark.parametrize("word", [8, 12])
def test_a_rwlock_names_its_writer(word):
    data = struct.pack("<8I", 9, 0, 3, 3, 0, 0, 101, 0)
    assert read(data, WAIT_BITSET, at=LOCK + word) == Lock(LockKind.RWLOCK, LOCK, 101)


def test_readers_of_a_rwlock_are_not_recorded():
    data = struct.pack("<8I", 8, 0, 3, 3, 0, 0, 0, 0)
    assert read(data, WAIT_BITSET, at=LOCK + 8).kind is LockKind.FUTEX


def test_joining_waits_for_the_id_in_a_threads_own_block():
    block = BLOCKS[101]
    data = struct.pack("<I", 101)
    found = read(data, 0x109, at=block + 0x2D0, base=block + 0x2D0)
    assert found == Lock(LockKind.JOIN, block, 101)
    state = struct.pack("<I", 2)  # glibc 2.42
    assert read(state, 0x109, at=block + 0x2D0, base=block + 0x2D0).kind is LockKind.JOIN
    assert read(state, 0x189, at=block + 0x2D0, base=block + 0x2D0).kind is LockKind.FUTEX
    elsewhere = read(data, 0x109)
    assert elsewhere.kind is LockKind.FUTEX


@pytest.mark.parametrize(("signals", "references"), [(40, 36), (44, 36), (32, 28), (36, 28)])
@pytest.mark.parametrize("owner", [0, 101])
def test_a_condition_variable_is_known_with_its_mutex(signals, references, owner):
    variable = bytearray(48)
    struct.pack_into("<I", variable, references, 8)
    locked = LOCK + 64
    data = bytes(variable) + bytes(16) + mutex(word=bool(owner), owner=owner)
    notes = struct.pack("<5Q", 7, 12, LOCK, locked, 0) + bytes(64)
    found = read(data, WAIT_BITSET, at=LOCK + signals, stack=notes)
    assert found == Lock(LockKind.CONDITION, LOCK, owner, mutex=locked)


def test_musl_keeps_the_holder_in_the_word_of_all_but_plain_mutexes():
    recursive = struct.pack("<3I", 1, WAITERS | 101, 1)
    plain = struct.pack("<3I", 0, WAITERS | 16, 1)
    assert read(recursive, at=LOCK + 4, musl=True) == Lock(LockKind.RECURSIVE_MUTEX, LOCK, 101)
    assert read(plain, at=LOCK + 4, musl=True) == Lock(LockKind.MUTEX, LOCK)
    assert read(plain, at=LOCK + 4).kind is LockKind.FUTEX


def test_joining_where_no_thread_pointer_is_known():
    """A 32-bit thread's is not among its registers."""
    data = struct.pack("<I", 101)
    unknown = {100: 0, 101: 0}
    assert read(data, 0x109, blocks=unknown).owner == 101
    assert read(data, 0x189, blocks=unknown).kind is LockKind.FUTEX


def test_the_narrow_layout_has_kind_and_users_the_other_way_round():
    data = struct.pack("<5I", 2, 1, 101, 1, 1)
    assert read(data, word=4).kind is LockKind.RECURSIVE_MUTEX


def test_hostile_memory_makes_no_holder_that_is_no_thread():
    chance = random.Random(4)
    for _ in range(3000):
        words = [chance.choice((0, 1, 2, 3, 101, 8, WAITERS | 101, chance.getrandbits(32)))
                 for _ in range(32)]  # fmt: skip
        stack = struct.pack("<32Q", *(chance.choice((LOCK, LOCK + 8, 0, 12)) for _ in range(32)))
        data = struct.pack("<32I", *words)[: chance.randrange(129)]
        at = chance.choice((LOCK, LOCK + 40, LOCK + 44, 0, 4, (1 << 64) - 4))
        found = read(data, chance.choice((0, 0x80, 0x189, 0x109)), at=at, stack=stack, musl=True)
        assert found.owner in (0, *BLOCKS)
