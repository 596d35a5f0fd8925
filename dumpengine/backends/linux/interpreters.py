"""Whether a process runs an interpreter whose frames a capture decodes.

To know it before the stop spares every other capture the modules that decode them, and a stop the
time to load them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dumpengine.backends.linux.modules import Image

_LIBRARY = re.compile(r"(lib)?python", re.IGNORECASE)
_CPYTHON = b"_PyRuntime"


def runs_interpreter(images: Sequence[Image]) -> bool:
    """Whether the program itself or a library of Python has CPython's state."""
    return any(
        image.elf.symbol(_CPYTHON)
        for number, image in enumerate(images)
        if number == 0 or _LIBRARY.match(image.module.name)
    )
