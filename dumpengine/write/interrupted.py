"""Finds the stack that a signal interrupted when its handler runs on another one (sigaltstack(2)).

The stack pointer is then in the alternate stack, and a stack trace ends at the handler unless the
dump holds the other one as well. Nothing outside the kernel tells which stack is an alternate one,
but the frame it makes for the handler does: it holds the stack's own bounds. Layouts:
``struct rt_sigframe`` of the Linux kernel.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from dumpengine.snapshot import (
    Architecture,
    Range,
    Region,
    Registers,
    Snapshot,
    Thread,
    read_memory,
    region_at,
)

_SEARCHED = 1 << 16  # bytes above the stack pointer; handlers are shallow
_RED_ZONE = 128
_LONGEST = 64 << 20
_LONGEST_UNBOUNDED = 1 << 20  # where nothing tells the stack's end


@dataclass(frozen=True, slots=True)
class _SignalFrame:
    """Offsets in a signal frame, in bytes: the stack's bounds, and the registers saved."""

    word: int
    stack: int
    size: int
    sp: int
    pc: int


_FRAMES = {
    Architecture.AMD64: _SignalFrame(8, 24, 40, 168, 176),
    Architecture.X86: _SignalFrame(4, 152, 160, 192, 220),
    Architecture.ARM64: _SignalFrame(8, 144, 160, 560, 568),
}


def interrupted_stack(snapshot: Snapshot, thread: Thread) -> Range | None:
    """Return what of the interrupted stack is in use; None when the thread is on its own stack."""
    registers = thread.registers
    if not isinstance(registers, Registers) or not isinstance(thread.stack, Range):
        return None
    region = region_at(snapshot.regions, registers.sp)
    if region is None or region.name == "[stack]" or region.start < thread.teb <= region.end:
        return None
    frame = _FRAMES.get(registers.architecture)
    pointer = next(_interrupted(snapshot, thread.stack, frame), None) if frame else None
    return _in_use(snapshot, thread, pointer) if pointer is not None else None


def _interrupted(snapshot: Snapshot, stack: Range, frame: _SignalFrame) -> Iterator[int]:
    """Yield the stack pointers that signal frames on this stack have saved."""
    size = min(stack.size, _SEARCHED)
    data = read_memory(snapshot.memory, stack.start, size + frame.pc + frame.word)
    code = struct.Struct("<Q" if frame.word == 8 else "<I")
    for at in range(0, min(size, len(data) - frame.pc - frame.word) + 1, frame.word):
        (start,) = code.unpack_from(data, at + frame.stack)
        (length,) = code.unpack_from(data, at + frame.size)
        if not start <= stack.start + at < start + length <= start + _LONGEST:
            continue
        (pointer,) = code.unpack_from(data, at + frame.sp)
        if not start <= pointer < start + length:
            yield pointer


def _in_use(snapshot: Snapshot, thread: Thread, pointer: int) -> Range | None:
    region = region_at(snapshot.regions, pointer)
    if region is None or not region.readable or not region.writable:
        return None
    start = max(pointer - _RED_ZONE, region.start) & ~7
    return Range(start, min(_top(region, thread, pointer), region.end))


def _top(region: Region, thread: Thread, pointer: int) -> int:
    if pointer < thread.teb <= region.end:  # the thread's own block is at its stack's top
        return min(thread.teb, pointer + _LONGEST)
    return pointer + (_LONGEST if region.name == "[stack]" else _LONGEST_UNBOUNDED)
