"""Windows' unwind information for x64: the function table and the codes of one prologue.

https://learn.microsoft.com/cpp/build/exception-handling-x64
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from dumpengine.stacks.dwarf import UnwindDataError

REGISTERS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
_ENTRY = struct.Struct("<III")
_MOST_ENTRIES = 1 << 22
_MOST_CHAINED = 32
_CHAINED = 4  # UNW_FLAG_CHAININFO
_SLOTS = {0: 1, 2: 1, 3: 1, 4: 2, 5: 3, 8: 2, 9: 3, 10: 1}  # of each operation but ALLOC_LARGE
PUSH, ALLOC_LARGE, ALLOC_SMALL, SET_FRAME, SAVE, SAVE_FAR, _, _, _, _, MACHINE_FRAME = range(11)

Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Function:
    """An entry of the function table; addresses are relative to the image."""

    start: int
    end: int
    info: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One operation of a prologue. ``after`` is the offset of the instruction behind it.

    ``number`` is its operand: a register, or bytes.
    """

    after: int
    operation: int
    info: int
    number: int


@dataclass(frozen=True, slots=True)
class Prologue:
    """What a function does to its frame; ``frame`` is a register's number, 0 without one."""

    size: int
    frame: int
    frame_offset: int
    codes: tuple[Code, ...]
    chained: Function | None


@dataclass(frozen=True, slots=True)
class FunctionTable:
    """The function table of one image, read one entry at a time.

    ``read`` returns bytes by their address in the image; ``start`` and ``size`` are the table's.
    """

    read: Read
    start: int
    size: int

    def find(self, address: int) -> Function | None:
        """Return the function that covers ``address``, None for one without a frame of its own."""
        low, high = 0, min(self.size // _ENTRY.size, _MOST_ENTRIES)
        while low < high:
            middle = (low + high) // 2
            entry = self._entry(self.start + middle * _ENTRY.size)
            if entry.start <= address < entry.end:
                return entry
            if address < entry.start:
                high = middle
            else:
                low = middle + 1
        return None

    def prologues(self, function: Function) -> list[Prologue]:
        """Return the function's prologue and those it is chained to, the innermost first."""
        found = [self._prologue(function.info)]
        while (chained := found[-1].chained) is not None:
            if len(found) >= _MOST_CHAINED:
                raise UnwindDataError("a chain of unwind information has no end")
            found.append(self._prologue(chained.info))
        return found

    def _entry(self, address: int) -> Function:
        data = self.read(address, _ENTRY.size)
        if len(data) < _ENTRY.size:
            raise UnwindDataError("the function table is not there")
        return Function(*_ENTRY.unpack(data))

    def _prologue(self, address: int) -> Prologue:
        head = self.read(address & ~3, 4)
        if len(head) < 4 or head[0] & 7 not in (1, 2):
            raise UnwindDataError("unwind information is not there, or of an unknown version")
        slots = self.read((address & ~3) + 4, 2 * head[2])
        if len(slots) < 2 * head[2]:
            raise UnwindDataError("unwind information is not there as a whole")
        after = (address & ~3) + 4 + 2 * ((head[2] + 1) & ~1)
        return Prologue(
            size=head[1],
            frame=head[3] & 15,
            frame_offset=(head[3] >> 4) * 16,
            codes=tuple(_codes(slots, version=head[0] & 7)),
            chained=self._entry(after) if head[0] >> 3 & _CHAINED else None,
        )


def _codes(slots: bytes, version: int) -> list[Code]:
    found, at = [], 0
    while at < len(slots):
        after, operation, info = slots[at], slots[at + 1] & 15, slots[at + 1] >> 4
        size = _size(operation, info, version)
        operand = slots[at + 2 : at + 2 * size]
        if len(operand) < 2 * (size - 1):
            raise UnwindDataError("an operation is cut off")
        at += 2 * size
        number = _number(operation, info, operand)
        found.append(Code(after=after, operation=operation, info=info, number=number))
    return found


def _size(operation: int, info: int, version: int) -> int:
    if operation == ALLOC_LARGE:
        return 3 if info else 2
    if operation in (6, 7):  # of epilogues in version 2; in version 1 of XMM registers
        return 1 if version == 2 else operation - 4
    if operation not in _SLOTS:
        raise UnwindDataError(f"the operation {operation} is unknown")
    return _SLOTS[operation]


def _number(operation: int, info: int, operand: bytes) -> int:
    value = int.from_bytes(operand, "little")
    if operation == ALLOC_SMALL:
        return 8 * info + 8
    if operation == SAVE or (operation == ALLOC_LARGE and not info):
        return 8 * value
    return value
