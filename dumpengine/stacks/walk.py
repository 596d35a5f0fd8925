"""Walks a thread's stack, from the innermost frame outwards.

Each step is made in the most reliable way there is, and says which one it was. All bytes may come
from a stranger: every way is limited, and a chain that goes back ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from dumpengine.format.system_info import PlatformId
from dumpengine.snapshot import Registers, Snapshot
from dumpengine.stacks.by_cfi import by_cfi
from dumpengine.stacks.by_convention import (
    by_frame_pointer,
    by_link,
    by_scan,
    by_signal_frame,
    past_bad_call,
)
from dumpengine.stacks.by_unwind_info import by_unwind_info
from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.ground import OUTERMOST, Ground, State
from dumpengine.stacks.images import Images
from dumpengine.stacks.model import Trust
from dumpengine.stacks.processors import PROCESSORS

MOST_FRAMES = 1024
_MOST_GUESSES = 32  # frames of a thread that no table and no frame pointer vouches for

Way = Callable[[Ground, State], State | None]
_WAYS: tuple[Way, ...] = (
    past_bad_call,
    by_signal_frame,
    by_cfi,
    by_unwind_info,
    by_link,
    by_frame_pointer,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a frame stands. ``exact`` means that ``pc`` is the instruction itself.

    Otherwise it is the return address, one behind the call: look up what is ``inside``. A
    ``trampoline`` is the kernel's, between a signal's handler and what the signal interrupted;
    ``signal`` is its number, 0 when it is not known.
    """

    pc: int
    sp: int
    trust: Trust
    exact: bool
    trampoline: bool = False
    signal: int = 0

    @property
    def inside(self) -> int:
        """An address within the instruction that is being executed."""
        return self.pc if self.exact else self.pc - 1


class Walker:
    """Walks the stacks of one snapshot; what threads have in common is worked out once."""

    def __init__(self, snapshot: Snapshot, images: Images) -> None:
        self._grounds = {
            architecture: Ground(snapshot, images, processor)
            for architecture, processor in PROCESSORS.items()
        }

    def walk(self, registers: Registers) -> list[Place]:
        """Return the frames, the innermost first; empty for a processor we do not know."""
        ground = self._grounds.get(registers.architecture)
        if ground is None:
            return []
        states = list(_states(ground, registers))
        return [
            _place(ground, state, trampoline=caller is not None and caller.trust is Trust.SIGNAL)
            for state, caller in zip_longest(states, states[1:])
        ]


def _place(ground: Ground, state: State, *, trampoline: bool) -> Place:
    pc, sp = state.registers[ground.processor.pc], state.registers[ground.processor.sp]
    signal = _signal(ground, sp) if trampoline else 0
    return Place(pc, sp, state.trust, state.exact, trampoline, signal)


def _signal(ground: Ground, sp: int) -> int:
    if ground.snapshot.system.platform_id not in (PlatformId.LINUX, PlatformId.ANDROID):
        return 0
    try:
        return ground.word(sp + ground.processor.signal_at, 4)
    except UnwindDataError:
        return 0


def _states(ground: Ground, registers: Registers) -> Iterator[State]:
    known = {n: registers.values[n] for n in ground.processor.names if n in registers.values}
    known |= {ground.processor.pc: registers.pc, ground.processor.sp: registers.sp}
    state: State | None = State(known, Trust.CONTEXT, exact=True)
    guesses = 0
    for _ in range(MOST_FRAMES):
        if state is None or guesses > _MOST_GUESSES:
            return
        yield state
        state = _caller(ground, state)
        guesses += state is not None and state.trust is Trust.SCAN


def _caller(ground: Ground, state: State) -> State | None:
    for way in _WAYS:
        try:
            found = way(ground, state)
        except UnwindDataError:
            continue
        if found is None:
            continue
        if found.trust is Trust.SIGNAL:
            return found  # on whatever stack, at whatever address: that may be why it was sent
        if found.registers[ground.processor.pc] == OUTERMOST:
            return None
        if _goes_up(ground, state, found):
            return found
    found = by_scan(ground, state)
    return found if found and _goes_up(ground, state, found) else None


def _goes_up(ground: Ground, state: State, found: State) -> bool:
    """Whether the caller is code and its frame lies above.

    AArch64 keeps the return address in a register, so a frame may be empty there.
    """
    processor = ground.processor
    if not ground.is_code(found.registers[processor.pc]):
        return False
    sp, caller_sp = state.registers[processor.sp], found.registers[processor.sp]
    return caller_sp > sp or (bool(processor.link) and caller_sp == sp and state.exact)
