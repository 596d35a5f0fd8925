"""What passes through to the file, and what is learnt from it; runs everywhere."""

from __future__ import annotations

import errno
import struct

import pytest

from dumpengine.backends.windows.output import Output, destination_error
from dumpengine.backends.windows.thread_list import correct_threads
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_ACCESSDENIED, E_DISK_FULL, E_WRITE_FAULT, ErrorKind
from dumpengine.format.header import (
    MINIDUMP_DIRECTORY,
    MINIDUMP_HEADER,
    MINIDUMP_LOCATION_DESCRIPTOR,
    MINIDUMP_MEMORY_DESCRIPTOR,
    MINIDUMP_MEMORY_DESCRIPTOR64,
    SIGNATURE,
)
from dumpengine.format.layout import Struct
from dumpengine.format.memory import MINIDUMP_MEMORY64_LIST
from dumpengine.format.stream_types import StreamType
from dumpengine.format.threads import MINIDUMP_THREAD


class Memory:
    """A sink in memory that remembers the order of offsets."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.offsets: list[int] = []

    def write_at(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        self.offsets.append(offset)
        self.data.extend(bytes(max(offset + len(data) - len(self.data), 0)))
        self.data[offset : offset + len(data)] = data


def put(output: Output, offset: int, *parts: Struct | bytes) -> None:
    for part in parts:
        data = part if isinstance(part, bytes) else part.pack()
        output.write(offset, memoryview(data))
        offset += len(data)


def entry(kind: StreamType, size: int, rva: int) -> MINIDUMP_DIRECTORY:
    return MINIDUMP_DIRECTORY(kind, MINIDUMP_LOCATION_DESCRIPTOR(size, rva))


def header(streams: int) -> MINIDUMP_HEADER:
    flags = MinidumpType.WithFullMemory
    return MINIDUMP_HEADER(SIGNATURE, NumberOfStreams=streams, StreamDirectoryRva=32, Flags=flags)


def thread(tid: int, start: int, size: int) -> MINIDUMP_THREAD:
    stack = MINIDUMP_MEMORY_DESCRIPTOR(start, MINIDUMP_LOCATION_DESCRIPTOR(size, 0))
    return MINIDUMP_THREAD(ThreadId=tid, SuspendCount=1, Stack=stack)


def full_memory(sink: Memory) -> Output:
    """Three threads; two ranges of memory from offset 0x1000 on."""
    output = Output(sink)
    put(output, 0, header(2))
    threads = (thread(1, 0x10020, 0x20), thread(2, 0x30000, 0x10), thread(3, 0x90000, 0x10))
    put(output, 0x100, struct.pack("<I", 3), *threads)
    put(output, 0x200, MINIDUMP_MEMORY64_LIST(2, 0x1000))
    descriptors = ((0x10000, 0x100), (0x30000, 0x40))
    put(output, 0x210, *(MINIDUMP_MEMORY_DESCRIPTOR64(*pair) for pair in descriptors))
    put(output, 0x1000, b"a" * 0x100, b"b" * 0x40)
    directory = (
        entry(StreamType.ThreadListStream, 148, 0x100),
        entry(StreamType.Memory64ListStream, 48, 0x200),
    )
    put(output, 32, *directory)
    return output


def test_the_header_comes_last() -> None:
    sink = Memory()
    output = full_memory(sink)
    assert bytes(sink.data[:4]) == bytes(4)
    output.finish()
    assert sink.offsets[-1] == 0
    assert bytes(sink.data[:4]) == b"MDMP"


def test_what_follows_the_header_in_one_piece_is_not_kept_back() -> None:
    sink = Memory()
    output = Output(sink)
    put(output, 0, header(0).pack() + b"more")
    assert bytes(sink.data[32:]) == b"more"


def test_summary_of_full_memory() -> None:
    written = full_memory(Memory()).summary()
    assert written.dump_type is MinidumpType.WithFullMemory
    assert (written.threads, written.ranges, written.memory_bytes) == (3, 2, 0x140)
    assert written.size == 0x1140


def test_summary_of_a_memory_list() -> None:
    output = Output(Memory())
    put(output, 0, header(2))
    put(output, 0x100, struct.pack("<I", 2))
    for index, size in enumerate((0x10, 0x20)):
        location = MINIDUMP_LOCATION_DESCRIPTOR(size, 0x200)
        put(output, 0x104 + 16 * index, MINIDUMP_MEMORY_DESCRIPTOR(0x5000, location))
    put(output, 0x180, struct.pack("<I", 7))
    put(output, 32, entry(StreamType.MemoryListStream, 36, 0x100))
    put(output, 44, entry(StreamType.ModuleListStream, 4, 0x180))
    written = output.summary()
    assert (written.modules, written.ranges, written.memory_bytes) == (7, 2, 0x30)


def test_stacks_are_pointed_to() -> None:
    sink = Memory()
    correct_threads(full_memory(sink), {})
    threads = list(MINIDUMP_THREAD.unpack_many(bytes(sink.data[0x104 : 0x104 + 144])))
    assert [t.Stack.Memory.Rva for t in threads] == [0x1020, 0x1100, 0]
    assert [t.ThreadId for t in threads] == [1, 2, 3]


def test_suspend_counts_are_those_of_before() -> None:
    sink = Memory()
    correct_threads(full_memory(sink), {1: 2, 3: 0})
    threads = list(MINIDUMP_THREAD.unpack_many(bytes(sink.data[0x104 : 0x104 + 144])))
    assert [t.SuspendCount for t in threads] == [2, 1, 0]


def test_a_stack_beyond_four_gigabytes_cannot_be_pointed_to() -> None:
    sink = Memory()
    output = full_memory(sink)
    put(output, 0x200, MINIDUMP_MEMORY64_LIST(2, (1 << 32) - 0x100 - 0x8))
    correct_threads(output, {})
    threads = list(MINIDUMP_THREAD.unpack_many(bytes(sink.data[0x104 : 0x104 + 144])))
    assert [t.Stack.Memory.Rva for t in threads] == [(1 << 32) - 0x100 - 0x8 + 0x20, 0, 0]


@pytest.mark.parametrize(
    ("code", "hresult"),
    [(errno.ENOSPC, E_DISK_FULL), (errno.EIO, E_WRITE_FAULT), (errno.EACCES, E_ACCESSDENIED)],
)
def test_a_failed_write_is_the_destinations(code: int, hresult: int) -> None:
    error = destination_error(OSError(code, "so it is"))
    assert error.hresult == hresult
    assert error.kind is ErrorKind.DESTINATION
