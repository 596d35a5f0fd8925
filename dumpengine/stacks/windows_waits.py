"""What threads of a Windows process wait for: by the functions they stand in.

The only lock of Windows that records its holder in the process's own memory is the critical
section. RTL_CRITICAL_SECTION and its debug information: ``winnt.h``.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from dumpengine.snapshot import Architecture, Range, Registers, Snapshot, Thread, read_memory

CRITICAL_SECTION = "critical_section"
_SECTION = "critical section"
# The beginning of a function's name -> kind and words; the first row that any frame fits counts.
_BY_FUNCTION = (
    ("RtlpWaitForCriticalSection", CRITICAL_SECTION, _SECTION),
    ("RtlpEnterCriticalSection", CRITICAL_SECTION, _SECTION),
    ("RtlEnterCriticalSection", CRITICAL_SECTION, _SECTION),
    ("RtlAcquireSRWLock", "srw_lock", "slim reader/writer lock"),
    ("RtlSleepConditionVariable", "condition", "condition variable"),
    ("SleepConditionVariable", "condition", "condition variable"),
    ("RtlRunOnce", "once", "an initialization that runs once"),
    ("NtDelayExecution", "sleep", "the end of its sleep"),
    ("NtUserGetMessage", "message", "a window message"),
    ("NtUserMsgWaitForMultipleObjects", "message", "a window message or an object"),
    ("MsgWaitForMultipleObjects", "message", "a window message or an object"),
    ("NtUserSendMessage", "message", "the answer to a window message"),
    ("NtRemoveIoCompletion", "completion", "an I/O completion"),
    ("NtWaitForWorkViaWorkerFactory", "work", "work of its thread pool"),
    ("NtReadFile", "read", "data"),
    ("NtWriteFile", "write", "room for data"),
    ("NtDeviceIoControlFile", "device", "a device or socket"),
    ("NtWaitForMultipleObjects", "object", "one of several objects"),
    ("NtWaitForSingleObject", "object", "an object"),
    ("RtlWaitOnAddress", "lock", "an address to change"),
)
# WaitForSingleObject calls the one for several in some versions.
_ONE_OBJECT = ("WaitForSingleObject", "object", "an object")
_FRAMES_ASKED = 8
_SEARCHED = 2048  # bytes of the stack
_MOST_RECURSION = 1 << 20
_FREE = -1  # LockCount of a section that nobody holds
_KEPT = {
    Architecture.AMD64: "rbx rbp rsi rdi r12 r13 r14 r15".split(),
    Architecture.X86: "ebx ebp esi edi".split(),
}
# DebugInfo, LockCount, RecursionCount, OwningThread
_LAYOUTS = {8: struct.Struct("<QiiQ"), 4: struct.Struct("<IiiI")}
_NO_DEBUG = {8: (0, (1 << 64) - 1), 4: (0, (1 << 32) - 1)}


@dataclass(frozen=True, slots=True)
class WindowsWait:
    """``owner`` is a thread's id, 0 for none that is known."""

    kind: str
    object: str
    owner: int = 0


def windows_wait(
    snapshot: Snapshot, thread: Thread, functions: Sequence[str]
) -> WindowsWait | None:
    """Return what a thread waits for whose innermost frames are in ``functions``; None for nothing.

    A holder is named only where one critical section is found that has one.
    """
    names = functions[:_FRAMES_ASKED]
    found = _ONE_OBJECT if _ONE_OBJECT[0] in names else None
    rows = (row for row in _BY_FUNCTION if any(name.startswith(row[0]) for name in names))
    row = next(rows, None)
    if row is None:
        return None
    _, kind, words = found if found and row[1] == "object" else row
    if kind != CRITICAL_SECTION:
        return WindowsWait(kind, words)
    sections = dict(_sections(snapshot, thread))
    if len(sections) != 1:
        return WindowsWait(kind, words)
    ((address, owner),) = sections.items()
    return WindowsWait(kind, f"{words} 0x{address:x}", owner)


def _sections(snapshot: Snapshot, thread: Thread) -> Iterator[tuple[int, int]]:
    """Yield the held critical sections that the thread has in its registers or on its stack."""
    word = 4 if snapshot.system.architecture is Architecture.X86 else 8
    others = {other.tid for other in snapshot.threads} - {thread.tid}
    for address in dict.fromkeys(_words(snapshot, thread, word)):
        owner = _holder(snapshot, address, word, others)
        if owner:
            yield address, owner


def _words(snapshot: Snapshot, thread: Thread, word: int) -> Iterator[int]:
    registers = thread.registers
    if not isinstance(registers, Registers):
        return
    yield from (registers[name] for name in _KEPT.get(registers.architecture, ()))
    if isinstance(thread.stack, Range):
        start = registers.sp & -word
        size = max(min(_SEARCHED, thread.stack.end - start), 0)
        data = read_memory(snapshot.memory, start, size)
        code = "Q" if word == 8 else "I"
        yield from struct.unpack(f"<{len(data) // word}{code}", data[: len(data) & -word])


def _holder(snapshot: Snapshot, address: int, word: int, others: Collection[int]) -> int:
    """Return who holds the critical section at ``address``, 0 when there is none there."""
    layout = _LAYOUTS[word]
    data = read_memory(snapshot.memory, address, layout.size) if 0xFFFF < address < 1 << 48 else b""
    if address % word or len(data) < layout.size:
        return 0
    debug, count, recursion, owner = layout.unpack(data)
    if owner not in others or count == _FREE or not 0 < recursion < _MOST_RECURSION:
        return 0
    if debug not in _NO_DEBUG[word]:
        back = read_memory(snapshot.memory, debug + 8 if word == 8 else debug + 4, word)
        if int.from_bytes(back, "little") != address:
            return 0
    return int(owner)
