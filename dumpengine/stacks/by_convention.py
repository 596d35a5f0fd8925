"""The caller where no unwind table tells it: kernel's frames, frame pointers, and a guess."""

from __future__ import annotations

from dumpengine.snapshot import read_memory
from dumpengine.stacks.dwarf import UnwindDataError
from dumpengine.stacks.ground import Ground, State
from dumpengine.stacks.model import Trust
from dumpengine.stacks.processors import SignalFrame

_LONGEST_FRAME = 1 << 20
_MOST_SCANNED = 1024  # words looked through for one return address


def by_signal_frame(ground: Ground, state: State) -> State | None:
    """Return what a signal interrupted, when the code is the trampoline its handler returns to.

    Recognised by its instructions: not every C library describes them, and the newer vDSOs of
    AArch64 leave it out on purpose.
    """
    processor = ground.processor
    pc = state.registers[processor.pc]
    for frame in processor.signal_frames:
        if ground.code(pc, len(frame.code)) == frame.code:
            return State(_saved(ground, frame, state.registers[processor.sp]), Trust.SIGNAL, True)
    return None


def _saved(ground: Ground, frame: SignalFrame, sp: int) -> dict[str, int]:
    return {name: ground.word(sp + offset) for name, offset in frame.saved.items()}


def by_link(ground: Ground, state: State) -> State | None:
    """Return the caller of an innermost frame that has saved nothing yet, from its register."""
    link = ground.processor.link
    if not link or not state.exact:
        return None
    address = ground.processor.code_address(state.registers.get(link, 0))
    if not ground.follows_call(address):
        return None
    registers = dict(state.registers) | {ground.processor.pc: address}
    registers.pop(link)
    return State(registers, Trust.FRAME_POINTER)


def by_frame_pointer(ground: Ground, state: State) -> State | None:
    """Return the caller by the chain that code without tables (of JIT compilers) often keeps."""
    processor = ground.processor
    word, sp = processor.word, state.registers[processor.sp]
    frame = state.registers.get(processor.fp, 0)
    if not sp <= frame <= sp + _LONGEST_FRAME or frame % word:
        return None
    caller_frame = ground.word(frame)
    address = processor.code_address(ground.word(frame + word))
    # Not every such frame was called: the JVM's interpreter jumps.
    if not ground.is_code(address) or 0 < caller_frame <= frame:
        return None
    registers = {processor.pc: address, processor.sp: frame + 2 * word, processor.fp: caller_frame}
    return State(registers, Trust.FRAME_POINTER)


def by_scan(ground: Ground, state: State) -> State | None:
    """Return the first word above the stack pointer that looks like a return address: a guess."""
    processor = ground.processor
    word, sp = processor.word, state.registers[processor.sp]
    data = read_memory(ground.snapshot.memory, sp, _MOST_SCANNED * word)
    for at in range(0, len(data) - word + 1, word):
        address = processor.code_address(int.from_bytes(data[at : at + word], "little"))
        if ground.images.at(address) is not None and ground.follows_call(address):
            registers = {processor.pc: address, processor.sp: sp + at + word}
            return State(registers | _frame_below(ground, state, data, at), Trust.SCAN)
    return None


def _frame_below(ground: Ground, state: State, data: bytes, at: int) -> dict[str, int]:
    """The word below a return address is a frame pointer, if it points up the stack."""
    processor = ground.processor
    word, sp = processor.word, state.registers[processor.sp]
    below = int.from_bytes(data[max(at - word, 0) : at], "little")
    if sp + at < below <= sp + _LONGEST_FRAME:
        return {processor.fp: below}
    kept = state.registers.get(processor.fp, 0)
    return {processor.fp: kept} if kept > sp + at else {}


def past_bad_call(ground: Ground, state: State) -> State | None:
    """Return who called an address that holds no code: a null pointer, mostly.

    Nothing has been pushed but the return address.
    """
    processor = ground.processor
    if not state.exact or ground.is_code(state.registers[processor.pc]):
        return None
    try:
        address = ground.word(state.registers[processor.sp])
    except UnwindDataError:
        return None
    if processor.link or not ground.follows_call(address):
        return None
    sp = state.registers[processor.sp] + processor.word
    registers = dict(state.registers) | {processor.pc: address, processor.sp: sp}
    return State(registers, Trust.SCAN)
