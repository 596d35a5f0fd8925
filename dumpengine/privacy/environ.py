"""The environment as a Linux program has it now: what ``environ`` of its C library leads to.

/proc/PID/environ shows the memory the kernel put it into. Servers write their title there
(setproctitle), after they have copied the environment elsewhere; and setenv(3) adds to the copy.
What such a program has overwritten of its command line is known to nobody.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dumpengine.snapshot import Architecture, Snapshot, read_memory
from dumpengine.stacks.dynamic_symbols import exported
from dumpengine.stacks.elf_image import ElfImage
from dumpengine.stacks.files import Files

_LIBRARIES = ("libc.", "libc-", "ld-")  # glibc's, and musl's, which is its own loader
_MOST_VARIABLES = 8192
_LONGEST = 128 << 10  # MAX_ARG_STRLEN of the kernel
_AT_ONCE = 4096


def current_environment(snapshot: Snapshot) -> Iterator[bytes]:
    """Yield the variables, ``NAME=value``, of a 64-bit process; none where they are not found."""
    if snapshot.system.architecture not in (Architecture.AMD64, Architecture.ARM64):
        return
    files = Files(())
    # A program that uses ``environ`` may have it itself (R_X86_64_COPY).
    for number, module in enumerate(snapshot.modules):
        if number == 0 or module.name.startswith(_LIBRARIES):
            address = exported(ElfImage(module, snapshot.memory, files), b"environ")
            if address:
                yield from _variables(snapshot, _pointers(snapshot, address, 1))


def _variables(snapshot: Snapshot, array: tuple[int, ...]) -> Iterator[bytes]:
    if array and array[0]:
        for pointer in _pointers(snapshot, array[0], _MOST_VARIABLES):
            if not pointer:
                return
            yield _string(snapshot, pointer)


def _pointers(snapshot: Snapshot, address: int, count: int) -> tuple[int, ...]:
    data = read_memory(snapshot.memory, address, 8 * count)
    return struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8])


def _string(snapshot: Snapshot, address: int) -> bytes:
    text = b""
    while len(text) < _LONGEST:
        piece = read_memory(snapshot.memory, address + len(text), _AT_ONCE)
        text += piece.partition(b"\0")[0]
        if b"\0" in piece or len(piece) < _AT_ONCE:
            break
    return text
