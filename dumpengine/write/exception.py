"""ExceptionStream: one at most, and only when it was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from dumpengine.format.exception import (
    EXCEPTION_MAXIMUM_PARAMETERS,
    MINIDUMP_EXCEPTION,
    MINIDUMP_EXCEPTION_STREAM,
)
from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.snapshot import ExceptionRecord, Registers
from dumpengine.write.contexts import encode_context
from dumpengine.write.image import FileImage
from dumpengine.write.source import Source


def write_exception(
    image: FileImage, source: Source, contexts: Mapping[int, MINIDUMP_LOCATION_DESCRIPTOR]
) -> MINIDUMP_LOCATION_DESCRIPTOR | None:
    """Append the stream; a context that is the thread's own is not stored twice."""
    record = source.snapshot.exception
    if not isinstance(record, ExceptionRecord):
        return None
    parameters = record.parameters[:EXCEPTION_MAXIMUM_PARAMETERS]
    padding = (0,) * (EXCEPTION_MAXIMUM_PARAMETERS - len(parameters))
    return image.add(
        MINIDUMP_EXCEPTION_STREAM(
            ThreadId=record.thread_id,
            ExceptionRecord=MINIDUMP_EXCEPTION(
                ExceptionCode=record.code & 0xFFFFFFFF,
                ExceptionFlags=record.flags,
                ExceptionRecord=record.record,
                ExceptionAddress=record.address,
                NumberParameters=len(parameters),
                ExceptionInformation=parameters + padding,
            ),
            ThreadContext=_context(image, source, record, contexts),
        )
    )


def _context(
    image: FileImage,
    source: Source,
    record: ExceptionRecord,
    contexts: Mapping[int, MINIDUMP_LOCATION_DESCRIPTOR],
) -> MINIDUMP_LOCATION_DESCRIPTOR:
    own = next((t.registers for t in source.snapshot.threads if t.tid == record.thread_id), None)
    if record.registers == own and record.thread_id in contexts:
        return contexts[record.thread_id]
    if not isinstance(record.registers, Registers):
        return MINIDUMP_LOCATION_DESCRIPTOR()
    return image.append(encode_context(record.registers, source.snapshot.xstate), alignment=16)
