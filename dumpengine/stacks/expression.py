"""DWARF expressions (DWARF 5, section 2.5), as far as they occur in call frame information.

Linkers write them for the PLT, C libraries for what a signal's handler returns to.
"""

from __future__ import annotations

from collections.abc import Callable

from dumpengine.stacks.dwarf import Bytes, UnwindDataError

_MOST_STEPS = 1000
_MOST_VALUES = 64
_LITERAL, _REGISTER, _BASED = range(0x30, 0x50), range(0x50, 0x70), range(0x70, 0x90)

Register = Callable[[int], int]
Word = Callable[[int, int], int]


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def _quotient(a: int, b: int) -> int:
    if b == 0:
        raise UnwindDataError("an expression divides by zero")
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _remainder(a: int, b: int) -> int:
    if b == 0:
        raise UnwindDataError("an expression divides by zero")
    return a % b


# Two values, the upper one second. Signed where DWARF says so.
_UNSIGNED_PAIRS: dict[int, Callable[[int, int], int]] = {
    0x1A: lambda a, b: a & b,
    0x1C: lambda a, b: a - b,
    0x1D: _remainder,
    0x1E: lambda a, b: a * b,
    0x21: lambda a, b: a | b,
    0x22: lambda a, b: a + b,
    0x24: lambda a, b: a << min(b, 64),
    0x25: lambda a, b: a >> min(b, 64),
    0x27: lambda a, b: a ^ b,
}
_SIGNED_PAIRS: dict[int, Callable[[int, int], int]] = {
    0x1B: _quotient,
    0x26: lambda a, b: a >> min(b & 0xFF, 64),
    0x29: lambda a, b: a == b,
    0x2A: lambda a, b: a >= b,
    0x2B: lambda a, b: a > b,
    0x2C: lambda a, b: a <= b,
    0x2D: lambda a, b: a < b,
    0x2E: lambda a, b: a != b,
}
_SINGLES: dict[int, Callable[[int], int]] = {0x19: abs, 0x1F: lambda a: -a, 0x20: lambda a: ~a}
_CONSTANTS = {
    0x08: (1, False),
    0x09: (1, True),
    0x0A: (2, False),
    0x0B: (2, True),
    0x0C: (4, False),
    0x0D: (4, True),
    0x0E: (8, False),
    0x0F: (8, True),
}


class Expression:
    """One evaluation. ``register`` gives a register by number, ``word`` memory by address, size.

    Both raise :class:`UnwindDataError` for what is not known.
    """

    def __init__(self, block: bytes, word_size: int, register: Register, word: Word) -> None:
        self._code = Bytes(block, word=word_size)
        self._size = word_size
        self._bits = 8 * word_size
        self._register = register
        self._word = word
        self._stack: list[int] = []

    def value(self, *start: int) -> int:
        """Return what is on top in the end; ``start`` is on the stack before."""
        for item in start:
            self._push(item)
        for _ in range(_MOST_STEPS):
            if not self._code.left:
                return self._pop()
            self._step(self._code.number(1))
        raise UnwindDataError("an expression has no end")

    def _push(self, value: int) -> None:
        if len(self._stack) >= _MOST_VALUES:
            raise UnwindDataError("an expression's stack overflows")
        self._stack.append(value & ((1 << self._bits) - 1))

    def _pop(self) -> int:
        if not self._stack:
            raise UnwindDataError("an expression's stack is empty")
        return self._stack.pop()

    def _step(self, operation: int) -> None:
        if operation in _LITERAL:
            self._push(operation - _LITERAL.start)
        elif operation in _BASED:
            self._push(self._register(operation - _BASED.start) + self._code.sleb())
        elif operation in _REGISTER:
            self._push(self._register(operation - _REGISTER.start))
        elif operation in _CONSTANTS:
            size, signed = _CONSTANTS[operation]
            self._push(self._code.number(size, signed=signed))
        elif not self._calculate(operation) and not self._shuffle(operation):
            self._other(operation)

    def _calculate(self, operation: int) -> bool:
        if single := _SINGLES.get(operation):
            self._push(single(_signed(self._pop(), self._bits)))
        elif pair := _UNSIGNED_PAIRS.get(operation):
            upper = self._pop()
            self._push(pair(self._pop(), upper))
        elif pair := _SIGNED_PAIRS.get(operation):
            upper = _signed(self._pop(), self._bits)
            self._push(pair(_signed(self._pop(), self._bits), upper))
        else:
            return False
        return True

    def _shuffle(self, operation: int) -> bool:
        if operation == 0x12:  # dup
            self._pick(0)
        elif operation == 0x13:  # drop
            self._pop()
        elif operation == 0x14:  # over
            self._pick(1)
        elif operation == 0x15:  # pick
            self._pick(self._code.number(1))
        elif operation in (0x16, 0x17):  # swap, rot: the top goes below one or two others
            top = self._pop()
            below = [self._pop() for _ in range(operation - 0x15)]
            for item in (top, *reversed(below)):
                self._push(item)
        else:
            return False
        return True

    def _pick(self, depth: int) -> None:
        if depth >= len(self._stack):
            raise UnwindDataError("an expression's stack is empty")
        self._push(self._stack[-1 - depth])

    def _other(self, operation: int) -> None:
        if operation in (0x06, 0x94):  # deref, deref_size
            size = self._size if operation == 0x06 else min(self._code.number(1), self._size)
            self._push(self._word(self._pop(), size))
        elif operation == 0x2F:  # skip
            self._jump()
        elif operation == 0x28:  # bra
            self._jump(taken=self._pop() != 0)
        elif operation != 0x96:  # nop
            self._push(self._operand(operation))

    def _operand(self, operation: int) -> int:
        if operation == 0x03:  # addr
            return self._code.number(self._size)
        if operation == 0x10:  # constu
            return self._code.uleb()
        if operation == 0x11:  # consts
            return self._code.sleb()
        if operation == 0x23:  # plus_uconst
            return self._pop() + self._code.uleb()
        if operation == 0x92:  # bregx
            return self._register(self._code.uleb()) + self._code.sleb()
        raise UnwindDataError(f"an expression has the unknown operation 0x{operation:x}")

    def _jump(self, *, taken: bool = True) -> None:
        distance = self._code.number(2, signed=True)
        if taken:
            self._code.at += distance
            if not 0 <= self._code.at <= len(self._code.data):
                raise UnwindDataError("an expression jumps out of itself")
