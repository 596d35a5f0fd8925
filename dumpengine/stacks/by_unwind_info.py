"""The caller by Windows' unwind information (x64)."""

from __future__ import annotations

from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.epilogue import LONGEST, Epilogue, epilogue
from dumpengine.stacks.ground import Ground, State
from dumpengine.stacks.model import Trust
from dumpengine.stacks.unwind_info import (
    ALLOC_LARGE,
    ALLOC_SMALL,
    MACHINE_FRAME,
    PUSH,
    REGISTERS,
    SAVE,
    SAVE_FAR,
    SET_FRAME,
    Code,
    Function,
    FunctionTable,
    Prologue,
)


def by_unwind_info(ground: Ground, state: State) -> State | None:
    """Return the caller; None without a function table; raises UnwindDataError."""
    pc = state.registers[ground.processor.pc]
    inside = pc if state.exact else pc - 1
    image = ground.images.at(inside)
    table = image.functions if image else None
    if image is None or table is None or ground.processor.fp != "rbp":
        return None
    base = image.module.base
    function = table.find(inside - base)
    unwinding = _Unwinding(ground, dict(state.registers))
    if function is None:
        # Only a function that calls nothing does without a frame.
        return unwinding.returned() if state.exact else None
    if state.exact:
        left = epilogue(ground.code(pc, LONGEST), _around(function, pc - base))
        if left is not None:
            return unwinding.finished(left)
    return unwinding.undone(table, function, inside - base)


def _around(function: Function, at: int) -> range:
    return range(function.start - at, function.end - at)


class _Unwinding:
    def __init__(self, ground: Ground, registers: dict[str, int]) -> None:
        self._ground = ground
        self._registers = registers

    def returned(self, trust: Trust = Trust.UNWIND_INFO) -> State:
        """The function's return address is on top."""
        self._registers["rip"] = self._pop()
        return State(self._registers, trust)

    def finished(self, left: Epilogue) -> State:
        self._registers["rsp"] = self._value(left.base) + left.add
        for name in left.pops:
            self._registers[name] = self._pop()
        return self.returned()

    def undone(self, table: FunctionTable, function: Function, at: int) -> State:
        """Undo what the prologue had done when the code stood at ``at``."""
        offset: int | None = at - function.start
        for prologue in table.prologues(function):
            interrupted = self._undo(prologue, offset)
            if interrupted is not None:
                return interrupted
            offset = None  # what it is chained to has been done whole
        return self.returned()

    def _undo(self, prologue: Prologue, offset: int | None) -> State | None:
        done = [code for code in prologue.codes if offset is None or code.after <= offset]
        base = self._base(prologue, offset, done)
        for code in done:
            if code.operation == MACHINE_FRAME:
                return self._machine_frame(code)
            self._apply(code, prologue, base)
        return None

    def _base(self, prologue: Prologue, offset: int | None, done: list[Code]) -> int:
        """Where saved registers are counted from: the frame register once it has been set."""
        framed = offset is None or offset >= prologue.size
        framed = framed or any(code.operation == SET_FRAME for code in done)
        if prologue.frame and framed:
            return self._value(REGISTERS[prologue.frame]) - prologue.frame_offset
        return self._registers["rsp"]

    def _apply(self, code: Code, prologue: Prologue, base: int) -> None:
        if code.operation == PUSH:
            self._registers[REGISTERS[code.info]] = self._pop()
        elif code.operation in (ALLOC_LARGE, ALLOC_SMALL):
            self._registers["rsp"] += code.number
        elif code.operation == SET_FRAME:
            frame = self._value(REGISTERS[prologue.frame])
            self._registers["rsp"] = frame - prologue.frame_offset
        elif code.operation in (SAVE, SAVE_FAR):
            self._registers[REGISTERS[code.info]] = self._ground.word(base + code.number)

    def _machine_frame(self, code: Code) -> State:
        """What the processor pushed for an interrupt or an exception."""
        top = self._registers["rsp"] + 8 * code.info
        self._registers["rip"] = self._ground.word(top)
        self._registers["rsp"] = self._ground.word(top + 24)
        return State(self._registers, Trust.SIGNAL, exact=True)

    def _pop(self) -> int:
        value = self._ground.word(self._registers["rsp"])
        self._registers["rsp"] += 8
        return value

    def _value(self, name: str) -> int:
        if name not in self._registers:
            raise UnwindDataError(f"register {name} is not known")
        return self._registers[name]
