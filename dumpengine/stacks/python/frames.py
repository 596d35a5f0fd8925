"""The interpreter's threads and their frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dumpengine.snapshot import (
    Registers,
    ScriptFrame,
    Scripts,
    Snapshot,
    Thread,
    read_memory,
)
from dumpengine.stacks.images import Images
from dumpengine.stacks.python.objects import ObjectReader
from dumpengine.stacks.python.runtime import Runtime, find_runtime
from dumpengine.stacks.record import thread_number
from dumpengine.waiting.facts import Activity
from dumpengine.waiting.system_calls import Waits, activity_waits

_MOST_INTERPRETERS = 256
_MOST_THREADS = 1 << 12
MOST_FRAMES = 1024
_MOST_IN_ALL = 1 << 15  # threads, and frames of all of them together
_LOCK_SIZE = 256  # more than struct _gil_runtime_state has
_TIMED_OUT = (1 << 64) - 110  # -ETIMEDOUT
_SYSCALL = b"\x0f\x05"
_FRAME_SIZE = 96  # bytes of a frame that hold all we ask for
_STACK_REFERENCE_TAGS = 3  # low bits of a tagged pointer (3.14)
# enum _frameowner: since 3.12 a frame that is none marks where C called the interpreter.
_OWNED_BY_C = frozenset({3, 4})


@dataclass(frozen=True, slots=True)
class _ThreadState:
    address: int
    thread_id: int  # of pthread_self(3)
    native_id: int


def python_scripts(snapshot: Snapshot, images: Images) -> Scripts | None:
    """Return the Python frames of each thread; None when no interpreter is found."""
    runtime = find_runtime(snapshot, images)
    if runtime is None:
        return None

    def read(address: int, size: int) -> bytes:
        if not 0 < address < 1 << 56:
            return b""
        return read_memory(snapshot.memory, address, size)

    return _Interpreter(runtime, ObjectReader(read, runtime.layout)).scripts(snapshot)


@dataclass(slots=True)
class _Interpreter:
    runtime: Runtime
    objects: ObjectReader
    left: int = _MOST_IN_ALL

    def scripts(self, snapshot: Snapshot) -> Scripts:
        owners = _Owners(snapshot)
        frames: dict[int, tuple[ScriptFrame, ...]] = {}
        waiters: set[int] = set()
        holder = 0
        for interpreter in self._interpreters():
            lock = self._lock(interpreter)
            held_by = self._holder(lock)
            waiters.update(_waiting(snapshot, lock))
            for state in self._threads(interpreter):
                tid = owners.find(state)
                if tid and tid not in frames:
                    frames[tid] = tuple(self._frames(state))
                if tid and state.address == held_by:
                    holder = tid
        return Scripts("python", self.runtime.version, frames, holder, frozenset(waiters))

    def _interpreters(self) -> Iterator[int]:
        layout = self.runtime.layout
        first = self.objects.word(self.runtime.address + layout.runtime_interpreters)
        return self._list(first, layout.interpreter_next, _MOST_INTERPRETERS)

    def _threads(self, interpreter: int) -> Iterator[_ThreadState]:
        layout, word = self.runtime.layout, self.objects.word
        first = word(interpreter + layout.interpreter_threads)
        for address in self._list(first, layout.thread_next, _MOST_THREADS):
            if self.left <= 0:
                return
            self.left -= 1
            yield _ThreadState(
                address,
                word(address + layout.thread_id),
                word(address + layout.thread_native_id) & 0xFFFFFFFF,
            )

    def _list(self, address: int, following: int, most: int) -> Iterator[int]:
        """The nodes of a linked list, each once."""
        seen: set[int] = set()
        while address and address not in seen and len(seen) < most:
            seen.add(address)
            yield address
            address = self.objects.word(address + following)

    def _lock(self, interpreter: int) -> int:
        """The address of the global lock's struct, 0 for none."""
        layout = self.runtime.layout
        if layout.free_threaded:
            return 0
        if layout.gil_in_runtime:
            return self.runtime.address + layout.gil
        return self.objects.word(interpreter + layout.gil)

    def _holder(self, lock: int) -> int:
        """The thread state that holds the global lock, 0 when none does."""
        layout, word = self.runtime.layout, self.objects.word
        locked = word(lock + layout.gil_locked) & 0xFFFFFFFF if lock else 0
        return word(lock + layout.gil_holder) if locked == 1 else 0

    def _frames(self, state: _ThreadState) -> Iterator[ScriptFrame]:
        layout, word = self.runtime.layout, self.objects.word
        address = word(state.address + layout.thread_frame)
        if layout.cframe_frame >= 0 and address:
            address = word(address + layout.cframe_frame)
        pending: ScriptFrame | None = None
        seen: set[int] = set()
        while address not in seen and len(seen) < MOST_FRAMES:
            seen.add(address)
            data = self.objects.read(address, _FRAME_SIZE) if address else b""
            if len(data) < _FRAME_SIZE or self.left <= 0:
                break
            self.left -= 1
            frame = self._frame(data)
            if layout.frame_is_entry < 0 and data[layout.frame_owner] in _OWNED_BY_C:
                if pending is not None:  # the frame before was the first that C called
                    yield _entered(pending)
                    pending = None
            elif frame is not None:
                if pending is not None:
                    yield pending
                pending = frame
            address = _pointer(data, layout.frame_previous)
        if pending is not None:
            yield _entered(pending)

    def _frame(self, data: bytes) -> ScriptFrame | None:
        layout = self.runtime.layout
        code = self.objects.code(_pointer(data, layout.frame_code) & ~_STACK_REFERENCE_TAGS)
        if code is None:
            return None
        line = self.objects.line(code, _pointer(data, layout.frame_instruction))
        entered = layout.frame_is_entry >= 0 and bool(data[layout.frame_is_entry])
        return ScriptFrame(code.name, code.filename, line, entered)


def _waiting(snapshot: Snapshot, lock: int) -> Iterator[int]:
    """The threads that wait for a futex inside of the lock's struct: its condition variable."""
    for thread in snapshot.threads if lock else ():
        if lock <= _futex(snapshot, thread) < lock + _LOCK_SIZE:
            yield thread.tid


def _futex(snapshot: Snapshot, thread: Thread) -> int:
    """The futex that a thread waits for, 0 for none.

    The wait for the global lock ends every 5 ms and begins anew: a thread may be seen in between,
    its call just over.
    """
    activity, registers = thread.activity, thread.registers
    if isinstance(activity, Activity) and activity.call is not None:
        how = activity_waits(activity, snapshot.system.architecture.value)
        return activity.call.argument(0) if how is Waits.FUTEX else 0
    if not isinstance(registers, Registers) or registers["rax"] != _TIMED_OUT:
        return 0
    over = read_memory(snapshot.memory, registers.pc - 2, 2) == _SYSCALL
    return registers["rdi"] if over else 0


def _pointer(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _entered(frame: ScriptFrame) -> ScriptFrame:
    return ScriptFrame(frame.function, frame.file, frame.line, True)


class _Owners:
    """Which thread of the process a thread of the interpreter is.

    By what pthread_self(3) returned, which is the thread pointer; the kernel's id, which the
    interpreter keeps too, is another one in another PID namespace and, before 3.12, after a fork.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._by_block = {thread.teb: thread.tid for thread in snapshot.threads if thread.teb}
        self._by_number = {thread_number(thread): thread.tid for thread in snapshot.threads}

    def find(self, state: _ThreadState) -> int:
        """Return the thread's id, 0 when it has none here."""
        return self._by_block.get(state.thread_id) or self._by_number.get(state.native_id, 0)
