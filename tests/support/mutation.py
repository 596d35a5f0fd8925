"""Mutated dumps, and everything of the reader that a hostile file could hurt."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

from dumpengine.capture.shrink import shrink_dump
from dumpengine.dump_types import PRESETS
from dumpengine.errors import DumpError
from dumpengine.read.check import check_bytes, check_dump
from dumpengine.read.dump import Dump, read_dump, read_dump_stream
from dumpengine.read.extensions import read_assertion, read_breakpad_info, read_crashpad_info
from dumpengine.read.function_tables import read_function_tables
from dumpengine.read.handles import read_handle_objects
from dumpengine.read.linux_texts import (
    read_auxiliary_vector,
    read_command_line,
    read_environment,
)
from dumpengine.read.tokens import read_tokens
from dumpengine.report import describe
from dumpengine.snapshot import Range, read_memory

_NUMBERS = (0, 1, 3, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def mutated(data: bytes, random_: random.Random) -> bytes:
    """Return a copy with a few bytes changed, moved, cut or repeated."""
    copy = bytearray(data)
    for _ in range(random_.choice((1, 1, 2, 4, 16, 64))):
        _MUTATIONS[random_.randrange(len(_MUTATIONS))](copy, random_)
    return bytes(copy)


def _place(copy: bytearray, random_: random.Random) -> int:
    """Half the time among header, directory and lists, where a change hurts most."""
    end = min(len(copy), 4096) if random_.random() < 0.5 else len(copy)
    return random_.randrange(max(1, end))


def _byte(copy: bytearray, random_: random.Random) -> None:
    if copy:
        copy[_place(copy, random_)] = random_.randrange(256)


def _number(copy: bytearray, random_: random.Random) -> None:
    at = _place(copy, random_) & ~3
    value = random_.choice((*_NUMBERS, len(copy), len(copy) - 1, random_.randrange(1 << 32)))
    if at + 4 <= len(copy):
        struct.pack_into("<I", copy, at, value & 0xFFFFFFFF)


def _nudge(copy: bytearray, random_: random.Random) -> None:
    at = _place(copy, random_) & ~3
    if at + 4 <= len(copy):
        (value,) = struct.unpack_from("<I", copy, at)
        struct.pack_into("<I", copy, at, (value + random_.randint(-64, 64)) & 0xFFFFFFFF)


def _cut(copy: bytearray, random_: random.Random) -> None:
    if random_.random() < 0.2:
        del copy[random_.randrange(len(copy) + 1) :]


def _copy_over(copy: bytearray, random_: random.Random) -> None:
    if len(copy) > 64:
        size = random_.randrange(1, 64)
        source, target = (random_.randrange(len(copy) - size) for _ in range(2))
        copy[target : target + size] = copy[source : source + size]


_MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _byte,
    _number,
    _number,
    _nudge,
    _cut,
    _copy_over,
)


def exercise(data: bytes) -> list[Callable[[], object]]:
    """Return calls that together reach every part of the reader; each may raise DumpError."""
    calls: list[Callable[[], object]] = [
        lambda: check_bytes(data),
        lambda: read_dump_stream(data, 4),
    ]
    try:
        dump = read_dump(data)
    except DumpError:
        return calls
    file = dump.file
    return [
        *calls,
        dump.snapshot,
        lambda: describe(dump).to_json(),
        lambda: dump.comments,
        lambda: dump.capture_notes,
        lambda: read_handle_objects(file),
        lambda: read_tokens(file),
        lambda: read_function_tables(file),
        lambda: read_breakpad_info(file),
        lambda: read_assertion(file),
        lambda: read_crashpad_info(file),
        lambda: read_auxiliary_vector(file, 8),
        lambda: read_command_line(file),
        lambda: read_environment(file),
        lambda: _all_memory(dump),
        lambda: dict(dump.snapshot().streams),
        lambda: [dump.stream(entry.type) for entry in dump.streams],
    ]


def _all_memory(dump: Dump) -> None:
    for piece in list(dump.memory.ranges())[:100]:
        assert isinstance(piece, Range)
        size = min(piece.size, 1 << 16)
        assert len(read_memory(dump.memory, piece.start, size)) == size


def survive(data: bytes) -> None:
    """Make every call; DumpError is the only exception that may come out."""
    for call in exercise(data):
        try:
            call()
        except DumpError:
            continue


def shrink_somehow(data: bytes, random_: random.Random, folder: Path) -> None:
    """Make a smaller dump of some type out of a mutated one; may raise DumpError.

    What comes out is whole; nothing else is left in ``folder``.
    """
    source, target = folder / "a.dmp", folder / "b.dmp"
    source.write_bytes(data)
    target.unlink(missing_ok=True)
    preset = random_.choice(("mini", "triage", "heap", "full"))
    redacted = random_.random() < 0.5
    try:
        shrink_dump(source, target, PRESETS[preset].value, redacted=redacted)
        assert check_dump(target).ok
        assert redacted or target.stat().st_size < len(data)
    finally:
        assert {path.name for path in folder.iterdir()} <= {source.name, target.name}
