"""FunctionTableStream."""

from __future__ import annotations

import pytest

from dumpengine.errors import DumpError
from dumpengine.format.handles import (
    MINIDUMP_FUNCTION_TABLE_DESCRIPTOR,
    MINIDUMP_FUNCTION_TABLE_STREAM,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.dump import read_dump
from dumpengine.read.function_tables import FunctionTable, read_function_tables
from tests.support.synth import Synth


def tables_in(body: bytes) -> tuple[FunctionTable, ...]:
    synth = Synth().stream(StreamType.FunctionTableStream, body)
    return read_function_tables(read_dump(synth.build()).file)


def head(count: int, native: int = 8, entry: int = 12, pad: int = 0) -> bytes:
    return MINIDUMP_FUNCTION_TABLE_STREAM(24, 32, native, entry, count, pad).pack()


def table(count: int, entries: bytes, pad: int = 0) -> bytes:
    descriptor = MINIDUMP_FUNCTION_TABLE_DESCRIPTOR(0x1000, 0x2000, 0x800, count, pad)
    return descriptor.pack() + b"native.." + entries + bytes(pad)


def test_tables_with_their_entries_and_padding() -> None:
    body = head(2, pad=4) + bytes(4) + table(2, b"a" * 24, pad=3) + table(0, b"")
    assert tables_in(body) == (
        FunctionTable(minimum=0x1000, maximum=0x2000, base=0x800, count=2, data=b"a" * 24),
        FunctionTable(minimum=0x1000, maximum=0x2000, base=0x800, count=0, data=b""),
    )


def test_none() -> None:
    assert tables_in(head(0)) == ()
    assert read_function_tables(read_dump(Synth().build()).file) == ()


@pytest.mark.parametrize(
    "body",
    [
        bytes(23),
        head(1),
        head(2) + table(0, b""),
        head(2) + table(2**32 - 1, b""),
        head(2**32 - 1, native=0, entry=0),
        MINIDUMP_FUNCTION_TABLE_STREAM(24, 0, 0, 0, 2**32 - 1).pack() + bytes(64),
    ],
)
def test_streams_that_do_not_add_up_raise(body: bytes) -> None:
    with pytest.raises(DumpError):
        tables_in(body)
