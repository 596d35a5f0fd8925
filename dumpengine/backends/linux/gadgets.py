"""Finds instructions in a process's own code for a thread that makes system calls for us."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain

from dumpengine.backends.linux.amd64 import PATTERNS, Gadgets
from dumpengine.backends.linux.memory import ProcessReader
from dumpengine.backends.linux.pagemap import PageMap
from dumpengine.format.proc_maps import parse_maps
from dumpengine.snapshot import Range

_PIECE = 1 << 20
_SHARED_CODE = re.compile(rb"/(libc[.-]|ld-musl|libpthread)")


def find_gadgets(pid: int, maps: bytes) -> Gadgets | None:
    """Look through the code of a process, running or not; None when something is not there.

    Code that has run is looked through first: to run it again fills in no page.
    """
    code = _code(maps)
    with closing(ProcessReader(pid)) as reader, closing(PageMap(pid)) as pages:
        touched = (run for piece in code for run in pages.populated(piece.start, piece.end))
        found: dict[str, int] = {}
        for start, data in _pieces(reader, chain(touched, code)):
            for name in PATTERNS.keys() - found.keys():
                at = max(data.find(pattern) for pattern in PATTERNS[name])
                if at >= 0:
                    found[name] = start + at
            if len(found) == len(PATTERNS):
                return Gadgets(**found)
    return None


def still_there(pid: int, gadgets: Gadgets) -> bool:
    """Whether the instructions are where they were found."""
    with closing(ProcessReader(pid)) as reader:
        for name, patterns in PATTERNS.items():
            buffer = bytearray(max(map(len, patterns)))
            size = reader.read_into(getattr(gadgets, name), memoryview(buffer))
            if not bytes(buffer[:size]).startswith(patterns):
                return False
    return True


def _code(maps: bytes) -> list[Range]:
    """Executable mappings, those most likely to have what is looked for first."""
    lines = [line for line in maps.splitlines() if b" r-xp " in line and b"[vsyscall]" not in line]
    lines.sort(key=lambda line: not _SHARED_CODE.search(line))
    return [Range(found.start, found.end) for line in lines for found in parse_maps(line)]


def _pieces(reader: ProcessReader, code: Iterable[Range]) -> Iterator[tuple[int, bytes]]:
    for piece in code:
        for start in range(piece.start, piece.end, _PIECE):
            buffer = bytearray(min(_PIECE, piece.end - start))
            size = reader.read_into(start, memoryview(buffer))
            yield start, bytes(buffer[:size])
