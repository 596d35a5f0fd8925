"""What a futex belongs to, and who holds it: decoded from the memory around it.

Nothing is guessed: what is taken for a lock has the shape of one in every field that can be
checked, its holder is a thread of the process; all else is a futex of unknown owner. Layouts of
glibc: sysdeps/nptl/bits/struct_mutex.h and struct_rwlock.h, bits/thread-shared-types.h (condition
variables, two versions); of musl: src/internal/pthread_impl.h.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dumpengine.snapshot import Memory, Range, Registers, Thread, read_memory
from dumpengine.waiting.facts import Lock, LockKind, LockTrait, SystemCall
from dumpengine.waiting.system_calls import FUTEX_PRIVATE, futex_command

_TID = 0x3FFFFFFF  # FUTEX_TID_MASK: the holder in the word of a robust or PI lock
_WAITERS = 0x80000000  # FUTEX_WAITERS
_WAIT, _WAIT_BITSET = 0, 9
_LOCKS_PI = frozenset({6, 11, 13})  # LOCK_PI, WAIT_REQUEUE_PI, LOCK_PI2

_KINDS = (
    LockKind.MUTEX,
    LockKind.RECURSIVE_MUTEX,
    LockKind.CHECKED_MUTEX,
    LockKind.ADAPTIVE_MUTEX,
)
_ROBUST, _INHERIT, _PROCESS_SHARED = 0x10, 0x20, 0x80
_KIND_BITS = 0x3F3  # type, robust, inherit, protect, shared, elision: no others are in use
_TRAITS = (
    (_ROBUST, LockTrait.ROBUST),
    (_INHERIT, LockTrait.PRIORITY_INHERITANCE),
    (_PROCESS_SHARED, LockTrait.SHARED),
)
_CONTENDED = 2  # the word of a plain mutex that somebody waits for
_MOST_USERS = 1 << 22  # threads there can be: /proc/sys/kernel/pid_max

# Where the word waited for lies in a condition variable: in glibc 2.25 and in 2.41.
_SIGNALS = ((40, 36), (44, 36), (32, 28), (36, 28))  # (offset of the word, of __wrefs)
_SEARCHED = 4096  # bytes of the stack that hold the call's own notes
_RWLOCK_WORDS = (8, 12)  # __wrphase_futex, __writers_futex
_FUTEX_USED = 2  # in those words
_WRITER_BITS = 3  # of __readers: it is a writer's turn, or a writer has it
_PTHREAD = 0x1000  # more than struct pthread takes
_HIGHEST = 1 << 56
_WINDOW = 256  # bytes; a page begins with one, so none reaches out of a mapping
_MUSL_NORMAL = _WAITERS | 16  # EBUSY: the holder is not recorded


@dataclass(slots=True)
class LockReader:
    """Decodes what threads wait for in futex(2).

    ``blocks`` has the thread pointer of each thread by its own number; ``word`` is 8 or 4 bytes.
    """

    memory: Memory
    blocks: Mapping[int, int]
    word: int = 8
    musl: bool = False
    _sorted: list[tuple[int, int]] = field(init=False)
    _windows: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sorted = sorted((block, number) for number, block in self.blocks.items() if block)

    def read(self, call: SystemCall, number: int, thread: Thread) -> Lock:
        """Return what ``thread``, which calls itself ``number``, waits for in ``call``."""
        address = call.argument(0)
        for lock in self._candidates(address, call, number, thread):
            if lock is not None:
                return lock
        return Lock(LockKind.FUTEX, address)

    def _candidates(
        self, address: int, call: SystemCall, number: int, thread: Thread
    ) -> Iterator[Lock | None]:
        operation = futex_command(call)
        if operation in _LOCKS_PI:
            yield self._inheriting(address)
        if operation == _WAIT_BITSET:
            yield self._condition(address, thread)
        if operation in (_WAIT, _WAIT_BITSET):
            yield self._join(address, call, number)
            yield self._rwlock(address, number)
            yield self._mutex(address)
            yield self._musl(address)

    def mutex_at(self, address: int, *, known: bool = False) -> Lock | None:
        """Return the glibc mutex at ``address``, None when there is none.

        With ``known`` the code says that it is one: its holder need not be a thread any more.
        """
        fields = self._mutex_fields(address)
        if fields is None:
            return None
        word, owner, users, kind = fields
        if kind & ~_KIND_BITS or users > _MOST_USERS:
            return None
        if kind & (_ROBUST | _INHERIT) and word & _TID:
            owner = word & _TID
        if owner and owner not in self.blocks and not known:
            return None
        traits = frozenset(trait for bit, trait in _TRAITS if kind & bit)
        return Lock(_KINDS[kind & 3], address, owner, traits=traits)

    def _mutex_fields(self, address: int) -> tuple[int, int, int, int] | None:
        """Return lock word, owner, number of users and kind."""
        data = self._near(address, 20)
        if len(data) < 20:
            return None
        word, _, owner, fourth, fifth = struct.unpack("<5I", data)
        return (word, owner, fourth, fifth) if self.word == 8 else (word, owner, fifth, fourth)

    def _mutex(self, address: int) -> Lock | None:
        """The word a thread waits for is the mutex's first field, and it is held."""
        mutex, fields = self.mutex_at(address), self._mutex_fields(address)
        if mutex is None or fields is None or not mutex.owner or not fields[2]:
            return None
        if LockTrait.ROBUST in mutex.traits:
            return mutex if fields[0] & _TID == mutex.owner else None
        return mutex if fields[0] == _CONTENDED else None

    def _inheriting(self, address: int) -> Lock | None:
        """The kernel itself reads the holder in this word: futex(2), priority inheritance."""
        owner = (self._u32(address) or 0) & _TID
        mutex = self.mutex_at(address)
        traits = frozenset({LockTrait.PRIORITY_INHERITANCE})
        if mutex is not None and LockTrait.PRIORITY_INHERITANCE in mutex.traits:
            return Lock(mutex.kind, address, owner, traits=mutex.traits)
        return Lock(LockKind.MUTEX, address, owner, traits=traits)

    def _join(self, address: int, call: SystemCall, number: int) -> Lock | None:
        """Joining waits for a word in the other thread's own block.

        The kernel clears it when that one ends (set_tid_address(2)), and knows no private futexes
        there: it is the thread's id, since glibc 2.42 one of three states. musl has a state, too.
        """
        word, shared = self._u32(address) or 0, not call.argument(1) & FUTEX_PRIVATE
        found = self._block_around(address)
        if found is None and self.blocks.get(word) == 0:  # whose block lies where is not known
            found = address, word
        if found is None:
            return None
        block, awaited = found
        cleared = word == awaited or 0 < word < 4
        if awaited == number or not ((cleared and shared) or self.musl):
            return None
        return Lock(LockKind.JOIN, block, awaited)

    def _block_around(self, address: int) -> tuple[int, int] | None:
        """Return the block of a thread that an address lies in, and the thread's number."""
        place = bisect_right(self._sorted, (address, 1 << 64)) - 1
        if place < 0 or not address < self._sorted[place][0] + _PTHREAD:
            return None
        return self._sorted[place]

    def _rwlock(self, address: int, number: int) -> Lock | None:
        """Its writer is recorded; readers are only counted."""
        for offset in _RWLOCK_WORDS:
            base = address - offset
            readers, word, writer = (
                self._u32(base),
                self._u32(address),
                self._u32(base + (24 if self.word == 8 else 28)),
            )
            if not readers or not word or writer is None or writer == number:
                continue
            shaped = word & _FUTEX_USED and word < 4 and readers & _WRITER_BITS
            if shaped and writer in self.blocks:
                return Lock(LockKind.RWLOCK, base, writer)
        return None

    def _condition(self, address: int, thread: Thread) -> Lock | None:
        """The call keeps {sequence, condition variable, mutex, shared} on its stack."""
        bases = {address - offset: references for offset, references in _SIGNALS}
        words = self._stack_words(thread)
        for index in range(1, len(words) - 2):
            base = words[index]
            if base not in bases or words[index + 2] & 0xFFFFFFFF not in (0, FUTEX_PRIVATE):
                continue
            mutex = self.mutex_at(words[index + 1])
            if mutex is not None and (self._u32(base + bases[base]) or 0) >> 3:
                return Lock(LockKind.CONDITION, base, mutex.owner, mutex.address, mutex.traits)
        return None

    def _stack_words(self, thread: Thread) -> tuple[int, ...]:
        if not isinstance(thread.registers, Registers) or not isinstance(thread.stack, Range):
            return ()
        start = thread.registers.sp & -self.word
        size = min(_SEARCHED, thread.stack.end - start)
        data = self._read(start, size) if size > 0 else b""
        code = "Q" if self.word == 8 else "I"
        return struct.unpack(f"<{len(data) // self.word}{code}", data[: len(data) & -self.word])

    def _musl(self, address: int) -> Lock | None:
        word, kind = self._u32(address), self._u32(address - 4)
        if word is None or kind is None or not word & _WAITERS:
            return None
        if self.musl and word == _MUSL_NORMAL and not kind & 15:
            return Lock(LockKind.MUTEX, address - 4)
        if kind & 3 not in (1, 2) or word & _TID not in self.blocks:
            return None
        checked = LockKind.CHECKED_MUTEX if kind & 3 == 2 else LockKind.RECURSIVE_MUTEX
        traits = frozenset({LockTrait.ROBUST} if kind & 4 else ())
        return Lock(checked, address - 4, word & _TID, traits=traits)

    def _u32(self, address: int) -> int | None:
        data = self._near(address, 4)
        return int.from_bytes(data, "little") if len(data) == 4 else None

    def _near(self, address: int, size: int) -> bytes:
        """Return bytes beside a lock: its neighbourhood is read once for all that wait for it.

        A small dump may begin within it.
        """
        start = address & -_WINDOW
        if start not in self._windows:
            self._windows[start] = self._read(start, _WINDOW)
        data = self._windows[start][address - start : address - start + size]
        return data if len(data) == size else self._read(address, size)

    def _read(self, address: int, size: int) -> bytes:
        return read_memory(self.memory, address, size) if 0 < address < _HIGHEST else b""
