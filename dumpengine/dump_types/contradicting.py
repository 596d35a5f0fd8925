"""Flags that do not go together."""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.dump_types.flags import MinidumpType

_M = MinidumpType


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two flags that work against each other, in a sentence shown under the first one."""

    flag: MinidumpType
    other: MinidumpType
    sentence: str


CONTRADICTIONS: tuple[Contradiction, ...] = (
    Contradiction(
        _M.FilterMemory,
        _M.WithFullMemory,
        "Only the stacks are blanked; everything else is there unfiltered.",
    ),
    Contradiction(
        _M.FilterTriage,
        _M.WithFullMemory,
        "Of all that memory only code, constants, small numbers and addresses are shown.",
    ),
    Contradiction(
        _M.FilterTriage,
        _M.WithPrivateReadWriteMemory,
        "Of all that memory only small numbers and addresses are shown.",
    ),
    Contradiction(
        _M.FilterMemory,
        _M.WithPrivateReadWriteMemory,
        "Only the stacks are blanked; the data they point to is there unfiltered.",
    ),
    Contradiction(
        _M.WithoutOptionalData,
        _M.WithFullMemory,
        "Full memory is optional data: this leaves out only the texts.",
    ),
    Contradiction(
        _M.WithoutAuxiliaryState,
        _M.WithFullAuxiliaryState,
        "One asks for all auxiliary data, the other for none.",
    ),
)


def contradictions(dump_type: int) -> tuple[Contradiction, ...]:
    """Return the pairs of ``dump_type`` that work against each other.

    Of each flag the first one of the table only: it says what the others say, of more memory.
    """
    found: dict[MinidumpType, Contradiction] = {}
    for pair in CONTRADICTIONS:
        if dump_type & pair.flag and dump_type & pair.other:
            found.setdefault(pair.flag, pair)
    return tuple(found.values())
