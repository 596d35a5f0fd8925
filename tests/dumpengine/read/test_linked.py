"""Streams with pointers: followed, moved, and refused when they lead nowhere."""

from __future__ import annotations

import struct

import pytest

from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import Dump, read_dump
from dumpengine.snapshot import LinkedStream
from tests.support.synth import Synth

KIND = StreamType.CrashpadInfoStream
NOWHERE = 1 << 30


def location(synth: Synth, data: bytes) -> bytes:
    return struct.pack("<II", len(data), synth.put(data))


def counted(*entries: bytes) -> bytes:
    return struct.pack("<I", len(entries)) + b"".join(entries)


def text(synth: Synth, value: bytes) -> bytes:
    return struct.pack("<I", synth.put(struct.pack("<I", len(value)) + value + b"\0"))


def crashpad(simple: bytes, modules: bytes) -> bytes:
    return struct.pack("<I16s16s", 1, b"r" * 16, b"c" * 16) + simple + modules


def whole() -> Dump:
    """One of everything that Crashpad writes."""
    synth = Synth().system()
    pair = text(synth, b"key") + text(synth, b"value")
    objects = text(synth, b"name") + struct.pack("<HH", 1, 0) + text(synth, b"bytes")
    module = struct.pack("<I", 1) + b"".join(
        location(synth, part)
        for part in (counted(text(synth, b"in a list")), counted(pair), counted(objects))
    )
    modules = counted(struct.pack("<I", 0) + location(synth, module))
    body = crashpad(location(synth, counted(pair)), location(synth, modules))
    return read_dump(synth.stream(KIND, body).build())


def linked(dump: Dump) -> LinkedStream | None:
    return dump.snapshot().linked_streams.get(KIND)


def test_everything_it_points_at_comes_with_it() -> None:
    found = linked(whole())
    assert found is not None
    for value in (b"key", b"value", b"in a list", b"name", b"bytes"):
        assert struct.pack("<I", len(value)) + value in found.data
    assert found.size == 52
    targets = [struct.unpack_from("<I", found.data, at)[0] for at in found.pointers]
    assert all(found.size <= target < len(found.data) for target in targets)
    assert len(targets) == len(set(targets)) == 13
    assert KIND not in whole().snapshot().streams


@pytest.mark.parametrize(
    "body",
    [
        b"short",
        crashpad(struct.pack("<II", 9, NOWHERE), bytes(8)),
        crashpad(bytes(8), struct.pack("<II", 4, NOWHERE)),
        crashpad(struct.pack("<II", 2, 32), bytes(8)),
        crashpad(struct.pack("<II", NOWHERE, 32), bytes(8)),
    ],
)
def test_one_that_leads_nowhere_is_noted_and_left_out(body: bytes) -> None:
    dump = read_dump(Synth().system().stream(KIND, body).build())
    assert linked(dump) is None
    assert any(problem.where == "CrashpadInfoStream" for problem in dump.snapshot().problems)


def test_lists_that_are_too_long_are_refused() -> None:
    synth = Synth().system()
    simple = location(synth, struct.pack("<I", 1 << 20) + bytes(64))
    assert linked(read_dump(synth.stream(KIND, crashpad(simple, bytes(8))).build())) is None
