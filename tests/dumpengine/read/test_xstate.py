"""The extended state: where CONTEXT_EX says, standard and compacted."""

from __future__ import annotations

import pytest

from dumpengine.format.contexts import (
    CONTEXT_AMD64,
    CONTEXT_AMD64_ALL,
    CONTEXT_CHUNK,
    CONTEXT_EX,
    CONTEXT_XSTATE,
    XSAVE_AREA_HEADER,
)
from dumpengine.read.contexts import decode_context
from dumpengine.snapshot import Architecture, Registers, XStateFeature

LEGACY = bytes(range(256)) * 2
AVX = b"\xaa" * 256
PKRU = b"\xbb" * 8
COMPACTED = 1 << 63


def extended(chunk: bytes, at: int = CONTEXT_EX.SIZE, length: int | None = None) -> bytes:
    """A context with the chunk ``at`` bytes behind its CONTEXT_EX."""
    size = CONTEXT_AMD64.SIZE
    where = CONTEXT_EX(
        All=CONTEXT_CHUNK(-size, size + at + len(chunk)),
        Legacy=CONTEXT_CHUNK(-size, size),
        XState=CONTEXT_CHUNK(at, len(chunk) if length is None else length),
    )
    context = CONTEXT_AMD64(ContextFlags=CONTEXT_AMD64_ALL | CONTEXT_XSTATE, FltSave=LEGACY)
    return context.pack() + where.pack().ljust(at, b"\0") + chunk


def xsave(context: bytes, *features: XStateFeature) -> bytes:
    registers = decode_context(context, Architecture.AMD64, features)
    assert isinstance(registers, Registers)
    return registers.xsave


def test_the_standard_form_is_header_and_features_as_they_are() -> None:
    chunk = XSAVE_AREA_HEADER(Mask=7).pack() + AVX
    assert xsave(extended(chunk)) == LEGACY + chunk


@pytest.mark.parametrize("at", [24, 64, 80])
def test_the_chunk_is_where_context_ex_says(at: int) -> None:
    chunk = XSAVE_AREA_HEADER(Mask=7).pack() + AVX
    assert xsave(extended(chunk, at)) == LEGACY + chunk


def test_the_compacted_form_is_spread_out() -> None:
    chunk = XSAVE_AREA_HEADER(Mask=0x204, CompactionMask=COMPACTED | 0x204).pack() + AVX + PKRU
    image = xsave(extended(chunk))
    assert image[:512] == LEGACY
    assert XSAVE_AREA_HEADER.unpack(image, 512) == XSAVE_AREA_HEADER(Mask=0x204)
    assert image[576:832] == AVX
    assert image[2688:2696] == PKRU
    assert len(image) == 2696


def test_a_feature_without_a_standard_place_is_placed_by_the_dump() -> None:
    """As in Windows dumps with user shadow stacks: bit 11 alone, 16 bytes."""
    chunk = XSAVE_AREA_HEADER(Mask=0x800, CompactionMask=COMPACTED | 0x800).pack() + b"c" * 16
    assert xsave(extended(chunk), XStateFeature(11, 576, 16))[576:] == b"c" * 16
    assert xsave(extended(chunk)) == b""


@pytest.mark.parametrize(
    "context",
    [
        extended(b""),
        extended(bytes(63)),
        extended(bytes(64), length=65),
        extended(bytes(64))[:-1],
        extended(XSAVE_AREA_HEADER(4, COMPACTED | 4).pack() + b"short"),
        CONTEXT_AMD64(ContextFlags=CONTEXT_AMD64_ALL | CONTEXT_XSTATE).pack(),
    ],
)
def test_what_does_not_fit_is_no_extended_state(context: bytes) -> None:
    assert xsave(context) == b""


def test_a_chunk_before_the_context_ex_is_refused() -> None:
    context = bytearray(extended(bytes(64)))
    at = CONTEXT_AMD64.SIZE + CONTEXT_EX.OFFSETS["XState"]
    context[at : at + 8] = CONTEXT_CHUNK(-1000, 64).pack()
    assert xsave(bytes(context)) == b""


def test_without_the_flag_what_follows_the_context_is_not_looked_at() -> None:
    context = bytearray(extended(XSAVE_AREA_HEADER(Mask=7).pack() + AVX))
    context[0x30:0x34] = CONTEXT_AMD64_ALL.to_bytes(4, "little")
    assert xsave(bytes(context)) == b""
