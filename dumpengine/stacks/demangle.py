"""C++, Rust and MSVC names as their programmers wrote them."""

from __future__ import annotations

import re
from functools import cache

_MANGLED = ("_Z", "_R", "?", "__Z")
_LONGEST = 1 << 13
_RUST_HASH = re.compile(r"::h[0-9a-f]{16}$")


@cache
def demangle(name: str) -> tuple[str, str]:
    """Return the readable name and its language ("c++", "rust" or "").

    A name that is not mangled, or that the library does not read, is returned as it is.
    """
    if not name.startswith(_MANGLED) or len(name) > _LONGEST:
        return name, ""
    try:
        from pycxxfilt import demangle as library
    except ImportError:  # an installation without it shows what the linker knows
        return name, ""
    try:
        readable = library(name) or name
    except (ValueError, UnicodeError):
        return name, ""
    if name.startswith("_R"):
        return readable, "rust"
    plain, hashes = _RUST_HASH.subn("", readable)
    return plain, "rust" if hashes else "c++"
