"""Calls as x86 and AMD64 encode them, recognised from their last bytes."""

from __future__ import annotations

LONGEST = 7  # bytes of a call with prefix, SIB byte and 32-bit displacement


def follows_x86_call(before: bytes) -> bool:
    """Whether ``before`` may end with a call: E8 rel32, or FF /2 with any operand.

    Intel's manual, volume 2, CALL. Data may look like one, so this is a sign and no proof.
    """
    if before[-5:-4] == b"\xe8":
        return True
    return any(
        before[-length : len(before) - length + 1] == b"\xff"
        and _length(before[len(before) - length + 1 :]) == length - 1
        for length in range(2, min(LONGEST, len(before)) + 1)
    )


def _length(operand: bytes) -> int:
    """Return the length of ModRM, SIB and displacement of FF /2; 0 when it is something else."""
    modrm = operand[0]
    mode, kind, base = modrm >> 6, modrm >> 3 & 7, modrm & 7
    if kind != 2:
        return 0
    if mode == 3:
        return 1
    sib = base == 4
    if sib and len(operand) > 1:
        base = operand[1] & 7
    wide = mode == 2 or (mode == 0 and base == 5)
    return 1 + sib + (4 if wide else mode)
