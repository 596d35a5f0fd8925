"""AArch64: DWARF for the Arm 64-bit Architecture; ``struct rt_sigframe`` of the Linux kernel."""

from dumpengine.stacks.processors.processor import Processor, SignalFrame

_CONTEXT = 128 + 168 + 8 + 8  # siginfo; the context's head and mask, aligned; fault_address


def _follows_call(before: bytes) -> bool:
    """BL, or BLR and its authenticated kinds, four bytes in front of the address."""
    word = int.from_bytes(before[-4:], "little")
    return word >> 26 == 0b100101 or word & 0xFEFFF000 == 0xD63F0000


ARM64 = Processor(
    word=8,
    names=(*(f"x{number}" for number in range(31)), "sp", "pc"),
    pc="pc",
    sp="sp",
    fp="x29",
    signal_frames=(
        SignalFrame(
            bytes.fromhex("681180d2010000d4"),  # mov x8, #__NR_rt_sigreturn; svc #0
            {f"x{number}": _CONTEXT + 8 * number for number in range(31)}
            | {"sp": _CONTEXT + 8 * 31, "pc": _CONTEXT + 8 * 32},
        ),
    ),
    follows_call=_follows_call,
    link="x30",
    address_bits=48,  # pointer authentication signs the bits above
)
