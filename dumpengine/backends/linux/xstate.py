"""Layout of the extended state (AVX and beyond) in an XSAVE image.

Intel SDM volume 1, chapter 13: in the standard form every feature has a fixed place, which cpuid
leaf 0xD tells. Python cannot ask cpuid; the places of the features in use today are architectural.
"""

from __future__ import annotations

from collections.abc import Iterable

from dumpengine.snapshot import Absent, Registers, XStateFeature

_XCR0 = 464  # the kernel stores the enabled features in the software bytes of the image
_FEATURES = {
    0: (0, 160),
    1: (160, 256),
    2: (576, 256),  # AVX
    5: (1088, 64),  # opmask
    6: (1152, 512),  # upper halves of ZMM0-15
    7: (1664, 1024),  # ZMM16-31
    9: (2688, 8),  # PKRU
    17: (2752, 64),  # AMX tile configuration
    18: (2816, 8192),  # AMX tiles
}


def xstate_features(registers: Iterable[Registers | Absent]) -> tuple[XStateFeature, ...]:
    """Return the features the XSAVE images of these threads hold; none without such images."""
    image = next((r.xsave for r in registers if isinstance(r, Registers) and r.xsave), b"")
    enabled = int.from_bytes(image[_XCR0 : _XCR0 + 8], "little")
    return tuple(
        XStateFeature(bit, offset, size)
        for bit, (offset, size) in _FEATURES.items()
        if enabled >> bit & 1 and offset + size <= len(image)
    )
