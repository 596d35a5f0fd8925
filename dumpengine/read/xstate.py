"""The extended state behind a context, found through CONTEXT_EX, as a standard XSAVE image.

Intel SDM volume 1, chapter 13 (the XSAVE area, standard and compacted form); ``winnt.h``.
"""

from __future__ import annotations

from dumpengine.format.contexts import CONTEXT_EX, CONTEXT_XSTATE, XSAVE_AREA_HEADER
from dumpengine.snapshot import XStateFeature

_LEGACY = 512
_FIRST = _LEGACY + XSAVE_AREA_HEADER.SIZE
_COMPACTED = 1 << 63
_MAX_IMAGE = 0x8000
_CONTEXT_FLAGS_AT = {1232: 0x30, 716: 0}

# Where processors keep each feature in the standard form, and its size, when the dump does not
# say. AVX, MPX (2), AVX-512 (3), PKRU, CET user and kernel, AMX (2).
_STANDARD = {
    feature.bit: feature
    for feature in (
        XStateFeature(2, 576, 256),
        XStateFeature(3, 960, 64),
        XStateFeature(4, 1024, 64),
        XStateFeature(5, 1088, 64),
        XStateFeature(6, 1152, 512),
        XStateFeature(7, 1664, 1024),
        XStateFeature(9, 2688, 8),
        XStateFeature(11, 0, 16),
        XStateFeature(12, 0, 24),
        XStateFeature(17, 2752, 64),
        XStateFeature(18, 2816, 8192),
    )
}
_ALIGNED = {17, 18}  # features that start at a multiple of 64 in the compacted form


def xsave_image(
    context: bytes, size: int, legacy: bytes, features: tuple[XStateFeature, ...]
) -> bytes:
    """Return the whole XSAVE image of ``context``, b"" when it has no extended state.

    ``size`` is that of the plain CONTEXT, ``legacy`` its FXSAVE image.
    """
    chunk = _chunk(context, size)
    if len(chunk) < XSAVE_AREA_HEADER.SIZE or len(legacy) != _LEGACY:
        return b""
    header = XSAVE_AREA_HEADER.unpack(chunk)
    if not header.CompactionMask & _COMPACTED:
        return legacy + chunk
    return _expand(chunk, header, legacy, features)


def _chunk(context: bytes, size: int) -> bytes:
    """Return the XState chunk: XSAVE header and features. Only CONTEXT_EX knows where it is."""
    at = _CONTEXT_FLAGS_AT[size]
    flags = int.from_bytes(context[at : at + 4], "little")
    if not flags & CONTEXT_XSTATE or len(context) < size + CONTEXT_EX.SIZE:
        return b""
    where = CONTEXT_EX.unpack(context, size).XState
    start = size + where.Offset
    if start < size or start + where.Length > len(context):
        return b""
    return context[start : start + where.Length]


def _expand(
    chunk: bytes, header: XSAVE_AREA_HEADER, legacy: bytes, features: tuple[XStateFeature, ...]
) -> bytes:
    """Spread a compacted area out to the standard form."""
    sizes = {bit: known.size for bit, known in _STANDARD.items()}
    sizes |= {feature.bit: feature.size for feature in features}
    present = [bit for bit in range(2, 63) if header.CompactionMask >> bit & 1]
    image = bytearray(legacy)
    image += XSAVE_AREA_HEADER(Mask=header.Mask).pack()
    at = XSAVE_AREA_HEADER.SIZE
    for bit in present:
        at += -at % 64 if bit in _ALIGNED else 0
        target = _target(bit, features)
        end = at + sizes.get(bit, 0)
        if target < _FIRST or end > len(chunk) or target + end - at > _MAX_IMAGE:
            return b""
        image.extend(bytes(max(0, target + end - at - len(image))))
        image[target : target + end - at] = chunk[at:end]
        at = end
    return bytes(image)


def _target(bit: int, features: tuple[XStateFeature, ...]) -> int:
    """Return the offset a feature has in the image we make."""
    standard = _STANDARD.get(bit)
    if standard and standard.offset:
        return standard.offset
    return next((feature.offset for feature in features if feature.bit == bit), 0)
