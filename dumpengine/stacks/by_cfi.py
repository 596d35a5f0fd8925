"""The caller by DWARF's call frame information."""

from __future__ import annotations

from collections.abc import Callable

from dumpengine.stacks.cfi import How, Row, Rule
from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.expression import Expression
from dumpengine.stacks.ground import OUTERMOST, Ground, State
from dumpengine.stacks.model import Trust


def by_cfi(ground: Ground, state: State) -> State | None:
    """Return the caller; None without information on this code; raises UnwindDataError.

    The caller's program counter is OUTERMOST when the information says that there is none.
    """
    pc = state.registers[ground.processor.pc]
    row = ground.row(pc if state.exact else pc - 1)
    if row is None and not state.exact:
        # A trampoline that a signal's handler returns to was never called.
        row = ground.row(pc)
        row = row if row and row.signal else None
    return _Caller(ground, state, row).state() if row else None


class _Caller:
    def __init__(self, ground: Ground, state: State, row: Row) -> None:
        self._ground = ground
        self._names = ground.processor.names
        self._state = state
        self._row = row

    def state(self) -> State:
        processor, row = self._ground.processor, self._row
        cfa = self._cfa()
        registers = dict(self._state.registers)
        registers[processor.sp] = cfa
        for number, rule in row.rules.items():
            if number < len(self._names):
                self._apply(registers, self._names[number], rule, cfa)
        registers[processor.pc] = processor.code_address(self._return_address(registers))
        trust = Trust.SIGNAL if row.signal else Trust.CFI
        return State(registers, trust, exact=row.signal)

    def _cfa(self) -> int:
        row = self._row
        if row.cfa:
            return self._expression(row.cfa).value()
        return (self._register(row.register) + row.offset) & self._ground.processor.mask

    def _apply(self, registers: dict[str, int], name: str, rule: Rule, cfa: int) -> None:
        if rule.how is How.UNDEFINED:
            registers.pop(name, None)
        elif rule.how is not How.SAME:
            registers[name] = _VALUES[rule.how](self, rule, cfa) & self._ground.processor.mask

    def _return_address(self, registers: dict[str, int]) -> int:
        column = self._row.return_column
        rule = self._row.rules.get(column)
        if rule is None and self._names[column : column + 1] != (self._ground.processor.link,):
            raise UnwindDataError("nothing tells the return address")
        if rule is not None and rule.how is How.UNDEFINED:
            return OUTERMOST
        return registers.get(self._names[column], OUTERMOST)

    def _register(self, number: int) -> int:
        name = self._names[number] if 0 <= number < len(self._names) else ""
        if name not in self._state.registers:
            raise UnwindDataError(f"register {name or number} is not known")
        return self._state.registers[name]

    def _expression(self, block: bytes) -> Expression:
        return Expression(block, self._ground.processor.word, self._register, self._ground.word)

    def _at(self, rule: Rule, cfa: int) -> int:
        return self._ground.word(cfa + rule.value)

    def _is(self, rule: Rule, cfa: int) -> int:
        return cfa + rule.value

    def _in(self, rule: Rule, _cfa: int) -> int:
        return self._register(rule.value)

    def _at_expression(self, rule: Rule, cfa: int) -> int:
        return self._ground.word(self._expression(rule.block).value(cfa))

    def _is_expression(self, rule: Rule, cfa: int) -> int:
        return self._expression(rule.block).value(cfa)


_VALUES: dict[How, Callable[[_Caller, Rule, int], int]] = {
    How.AT: _Caller._at,
    How.IS: _Caller._is,
    How.REGISTER: _Caller._in,
    How.AT_EXPRESSION: _Caller._at_expression,
    How.IS_EXPRESSION: _Caller._is_expression,
}
