"""Call frame information: what one entry says of the frame at one address.

DWARF 5, section 6.4; the form of ``.eh_frame``: LSB Core, 10.6. Entries come from strangers: each
is limited, and whatever does not fit raises UnwindDataError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import NamedTuple

from dumpengine.stacks.dwarf import Bytes, UnwindDataError

_MOST_STATES = 64


class How(Enum):
    """How a register of the caller is found."""

    UNDEFINED = "undefined"
    SAME = "same"
    AT = "at"  # saved at the frame's address plus a number
    IS = "is"  # is the frame's address plus a number
    REGISTER = "register"  # is in another register
    AT_EXPRESSION = "at expression"
    IS_EXPRESSION = "is expression"


class Rule(NamedTuple):
    """One register's rule; ``value`` is an offset or a register, ``block`` an expression."""

    how: How
    value: int = 0
    block: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cie:
    """What several entries have in common."""

    code_align: int
    data_align: int
    return_column: int
    encoding: int
    has_augmentation: bool
    signal: bool
    program: Bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """An FDE: the rules for code from ``start`` up to ``end``."""

    cie: Cie
    start: int
    end: int
    program: Bytes


@dataclass(slots=True)
class Row:
    """The rules at one address. The frame's address (CFA) is a register plus a number, or ``cfa``.

    ``signal`` says that the frame was made by the kernel for a signal's handler.
    """

    register: int = -1
    offset: int = 0
    cfa: bytes = b""
    rules: dict[int, Rule] = field(default_factory=dict)
    return_column: int = 0
    signal: bool = False

    def copy(self) -> Row:
        """Return a row that changes by itself."""
        return replace(self, rules=dict(self.rules))


def row_at(entry: Entry, pc: int) -> Row:
    """Run the entry's program up to ``pc``; raises UnwindDataError."""
    cie = entry.cie
    row = Row(return_column=cie.return_column, signal=cie.signal)
    _Program(cie, row, None, entry.start, pc).run(replace(cie.program))
    initial = row.copy()
    machine = _Program(cie, row, initial, entry.start, pc)
    machine.run(replace(entry.program))
    return machine.row


class _Program:
    """Executes instructions; ``initial`` is what DW_CFA_restore goes back to."""

    def __init__(self, cie: Cie, row: Row, initial: Row | None, location: int, pc: int) -> None:
        self.row = row
        self._cie = cie
        self._initial = initial
        self._location = location
        self._pc = pc
        self._states: list[Row] = []

    def run(self, code: Bytes) -> None:
        """Execute up to the address that is asked for."""
        while code.left and self._location <= self._pc:
            operation = code.number(1)
            high, low = operation & 0xC0, operation & 0x3F
            if high == 0x40:
                self._advance(low)
            elif high == 0x80:
                self._set(low, Rule(How.AT, code.uleb() * self._cie.data_align))
            elif high == 0xC0:
                self._restore(low)
            elif operation in _OPERATIONS:
                _OPERATIONS[operation](self, code)
            else:
                raise UnwindDataError(f"the instruction 0x{operation:x} is unknown")

    def _advance(self, delta: int) -> None:
        self._location += delta * self._cie.code_align

    def _set(self, register: int, rule: Rule) -> None:
        self.row.rules[register] = rule

    def _restore(self, register: int) -> None:
        rule = self._initial.rules.get(register) if self._initial else None
        if rule is None:
            self.row.rules.pop(register, None)
        else:
            self.row.rules[register] = rule

    def set_location(self, code: Bytes) -> None:
        self._location = code.pointer(self._cie.encoding)

    def advance(self, code: Bytes, size: int) -> None:
        self._advance(code.number(size))

    def offset(self, code: Bytes, how: How, *, signed: bool = False, sign: int = 1) -> None:
        register = code.uleb()
        value = code.sleb() if signed else code.uleb()
        self._set(register, Rule(how, value * self._cie.data_align * sign))

    def restore(self, code: Bytes) -> None:
        self._restore(code.uleb())

    def plain(self, code: Bytes, how: How) -> None:
        self._set(code.uleb(), Rule(how))

    def register(self, code: Bytes) -> None:
        register = code.uleb()
        self._set(register, Rule(How.REGISTER, code.uleb()))

    def expression(self, code: Bytes, how: How) -> None:
        register = code.uleb()
        self._set(register, Rule(how, block=code.take(code.uleb())))

    def remember(self, _code: Bytes) -> None:
        if len(self._states) >= _MOST_STATES:
            raise UnwindDataError("too many states are remembered")
        self._states.append(self.row.copy())

    def recall(self, _code: Bytes) -> None:
        """Go back to the last state; the frame's address belongs to it."""
        if not self._states:
            raise UnwindDataError("no state is remembered")
        self.row = self._states.pop()

    def define(self, code: Bytes, *, signed: bool = False) -> None:
        self.row.register = code.uleb()
        self.define_offset(code, signed=signed)

    def define_register(self, code: Bytes) -> None:
        self.row.register, self.row.cfa = code.uleb(), b""

    def define_offset(self, code: Bytes, *, signed: bool = False) -> None:
        self.row.offset = code.sleb() * self._cie.data_align if signed else code.uleb()
        self.row.cfa = b""

    def define_expression(self, code: Bytes) -> None:
        self.row.cfa = code.take(code.uleb())

    def ignore(self, _code: Bytes) -> None:
        """Do nothing: a nop, or AArch64's change of the return address's signature."""

    def ignore_size(self, code: Bytes) -> None:
        """Skip DW_CFA_GNU_args_size: only a handler of exceptions needs it."""
        code.uleb()


_OPERATIONS: dict[int, Callable[[_Program, Bytes], None]] = {
    0x00: _Program.ignore,
    0x01: _Program.set_location,
    0x02: lambda p, c: p.advance(c, 1),
    0x03: lambda p, c: p.advance(c, 2),
    0x04: lambda p, c: p.advance(c, 4),
    0x05: lambda p, c: p.offset(c, How.AT),
    0x06: _Program.restore,
    0x07: lambda p, c: p.plain(c, How.UNDEFINED),
    0x08: lambda p, c: p.plain(c, How.SAME),
    0x09: _Program.register,
    0x0A: _Program.remember,
    0x0B: _Program.recall,
    0x0C: _Program.define,
    0x0D: _Program.define_register,
    0x0E: _Program.define_offset,
    0x0F: _Program.define_expression,
    0x10: lambda p, c: p.expression(c, How.AT_EXPRESSION),
    0x11: lambda p, c: p.offset(c, How.AT, signed=True),
    0x12: lambda p, c: p.define(c, signed=True),
    0x13: lambda p, c: p.define_offset(c, signed=True),
    0x14: lambda p, c: p.offset(c, How.IS),
    0x15: lambda p, c: p.offset(c, How.IS, signed=True),
    0x16: lambda p, c: p.expression(c, How.IS_EXPRESSION),
    0x2D: _Program.ignore,
    0x2E: _Program.ignore_size,
    0x2F: lambda p, c: p.offset(c, How.AT, sign=-1),
}
