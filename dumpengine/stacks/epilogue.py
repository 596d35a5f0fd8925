"""Epilogues of x64 code, which Windows' unwind information leaves to be recognised.

They have a fixed form: the frame is given back, registers are popped, and the function returns or
jumps on. https://learn.microsoft.com/cpp/build/prolog-and-epilog
"""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.stacks.unwind_info import REGISTERS

LONGEST = 64  # bytes of code looked at
_MOST_POPS = 16


@dataclass(frozen=True, slots=True)
class Epilogue:
    """What is left of one: first the stack pointer becomes ``base`` + ``add``, then the pops.

    ``base`` is rsp where nothing else is named.
    """

    base: str
    add: int
    pops: tuple[str, ...]


def epilogue(code: bytes, inside: range) -> Epilogue | None:
    """Return what is left of an epilogue at the start of ``code``; None when it is none.

    ``inside`` are the function's bytes, counted from the start of ``code``: a jump that stays in
    there is a part of the function.
    """
    base, add, at = _release(code)
    pops: list[str] = []
    while len(pops) < _MOST_POPS:
        register, size = _pop(code[at : at + 2])
        if not size:
            break
        pops.append(register)
        at += size
    if not _leaves(code[at : at + 6], at, inside):
        return None
    return Epilogue(base, add, tuple(pops))


def _release(code: bytes) -> tuple[str, int, int]:
    """Read ``add rsp, n`` or ``lea rsp, n[frame]``: base, number, length."""
    if code[:3] == b"\x48\x83\xc4":
        return "rsp", _signed(code[3:4]), 4
    if code[:3] == b"\x48\x81\xc4":
        return "rsp", _signed(code[3:7]), 7
    if code[:1] in (b"\x48", b"\x49") and code[1:2] == b"\x8d" and len(code) > 6:
        mode, target, base = code[2] >> 6, code[2] >> 3 & 7, code[2] & 7
        if target == 4 and base != 4 and mode in (1, 2):
            size = 1 if mode == 1 else 4
            name = REGISTERS[base + (8 if code[0] == 0x49 else 0)]
            return name, _signed(code[3 : 3 + size]), 3 + size
    return "rsp", 0, 0


def _signed(number: bytes) -> int:
    return int.from_bytes(number, "little", signed=True)


def _pop(code: bytes) -> tuple[str, int]:
    if code[:1] and 0x58 <= code[0] <= 0x5F:
        return REGISTERS[code[0] - 0x58], 1
    if code[:1] == b"\x41" and code[1:2] and 0x58 <= code[1] <= 0x5F:
        return REGISTERS[code[1] - 0x58 + 8], 2
    return "", 0


def _leaves(code: bytes, at: int, inside: range) -> bool:
    """Whether a return follows, or a jump out of the function."""
    if code[:1] in (b"\xc3", b"\xc2") or code[:2] == b"\xf3\xc3":
        return True
    if code[:1] == b"\xeb" and len(code) > 1:
        return at + 2 + _signed(code[1:2]) not in inside
    if code[:1] == b"\xe9" and len(code) > 4:
        return at + 5 + _signed(code[1:5]) not in inside
    return code[:3] == b"\x48\xff\x25" or code[:2] == b"\xff\x25"
