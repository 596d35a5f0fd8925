"""Processor: what a walk has to know of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignalFrame:
    """What the kernel leaves on the stack for a signal's handler to return through.

    ``code`` is the trampoline, ``saved`` where each register lies, counted from the stack pointer
    that the trampoline runs with.
    """

    code: bytes
    saved: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Processor:
    """Registers and conventions of one processor.

    ``names`` are the registers by DWARF's number. ``link`` holds the return address in a function
    that calls none, where the processor has such a register. ``signal_at`` is where a signal's
    number lies, counted from the stack pointer that its trampoline runs with. ``follows_call``
    tells from the bytes in front of an address whether they may be a call.
    """

    word: int
    names: tuple[str, ...]
    pc: str
    sp: str
    fp: str
    signal_frames: tuple[SignalFrame, ...]
    follows_call: Callable[[bytes], bool]
    link: str = ""
    signal_at: int = 0
    address_bits: int = 64

    @property
    def mask(self) -> int:
        """All bits of a word."""
        return (1 << (8 * self.word)) - 1

    def code_address(self, word: int) -> int:
        """Return a return address without what the processor may have signed it with."""
        return word & ((1 << self.address_bits) - 1)
