"""FunctionTableStream: unwind tables of code that was generated at run time.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_function_table_stream
"""

from __future__ import annotations

from dataclasses import dataclass

from dumpengine.format.handles import (
    MINIDUMP_FUNCTION_TABLE_DESCRIPTOR,
    MINIDUMP_FUNCTION_TABLE_STREAM,
)
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format


@dataclass(frozen=True, slots=True)
class FunctionTable:
    """The table for code in ``[minimum, maximum)``; ``data`` are its ``count`` native entries."""

    minimum: int
    maximum: int
    base: int
    count: int
    data: bytes


def read_function_tables(file: DumpFile) -> tuple[FunctionTable, ...]:
    """Return the tables, none when there is no such stream; raises DumpError."""
    body = file.body(StreamType.FunctionTableStream)
    if not body:
        return ()
    if len(body) < MINIDUMP_FUNCTION_TABLE_STREAM.SIZE:
        raise bad_format("The function tables are too short for their head.")
    head = MINIDUMP_FUNCTION_TABLE_STREAM.unpack(body)
    size = MINIDUMP_FUNCTION_TABLE_DESCRIPTOR.SIZE
    tables, at = [], head.SizeOfHeader + head.SizeOfAlignPad
    for _ in range(head.NumberOfDescriptors):
        if head.SizeOfDescriptor < size or at + size > len(body):
            raise bad_format("The function tables end before the last one.")
        table = MINIDUMP_FUNCTION_TABLE_DESCRIPTOR.unpack(body, at)
        start = at + head.SizeOfDescriptor + head.SizeOfNativeDescriptor
        at = start + table.EntryCount * head.SizeOfFunctionEntry
        tables.append(
            FunctionTable(
                table.MinimumAddress,
                table.MaximumAddress,
                table.BaseAddress,
                table.EntryCount,
                body[start:at],
            )
        )
        at += table.SizeOfAlignPad
    return tuple(tables)
