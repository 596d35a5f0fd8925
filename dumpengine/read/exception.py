"""ExceptionStream.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_exception
"""

from __future__ import annotations

from dumpengine.format.exception import EXCEPTION_MAXIMUM_PARAMETERS, MINIDUMP_EXCEPTION_STREAM
from dumpengine.format.stream_types import StreamType
from dumpengine.read.directory import DumpFile
from dumpengine.read.source import bad_format
from dumpengine.read.threads import ContextReader
from dumpengine.snapshot import Absent, ExceptionRecord


def read_exception(file: DumpFile, contexts: ContextReader) -> ExceptionRecord | Absent:
    """Return why the process stopped; Absent when the dump does not say; raises DumpError."""
    body = file.body(StreamType.ExceptionStream)
    if body is None:
        return Absent("none")
    if len(body) < MINIDUMP_EXCEPTION_STREAM.SIZE:
        raise bad_format("The exception stream is too short.")
    stream = MINIDUMP_EXCEPTION_STREAM.unpack(body)
    record, context = stream.ExceptionRecord, stream.ThreadContext
    count = min(record.NumberParameters, EXCEPTION_MAXIMUM_PARAMETERS)
    return ExceptionRecord(
        thread_id=stream.ThreadId,
        code=record.ExceptionCode,
        address=record.ExceptionAddress,
        registers=contexts.registers(context.Rva, context.DataSize, "Registers of the exception"),
        flags=record.ExceptionFlags,
        record=record.ExceptionRecord,
        parameters=record.ExceptionInformation[:count],
    )
