"""Streams of other writers that we read and never write: Crashpad, Breakpad, minidump-writer.

Crashpad: minidump/minidump_extensions.h; Breakpad: src/google_breakpad/common/minidump_format.h.
"""

from typing import Annotated

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import U32, U64, Struct, layout


@layout(size=52, simple_annotations=36)
class MinidumpCrashpadInfo(Struct):
    """The stream CrashpadInfoStream; newer versions are longer."""

    version: U32 = 0
    report_id: Annotated[bytes, "16s"] = b""
    client_id: Annotated[bytes, "16s"] = b""
    simple_annotations: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()
    module_list: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()


@layout(size=8)
class MinidumpSimpleStringDictionaryEntry(Struct):
    """Offsets of two UTF-8 strings; a dictionary is a u32 count and these."""

    key: U32 = 0
    value: U32 = 0


@layout(size=776, line=768)
class MDRawAssertionInfo(Struct):
    """The stream AssertionInfoStream: three UTF-16LE texts, a line, what kind of assertion."""

    expression: Annotated[bytes, "256s"] = b""
    function: Annotated[bytes, "256s"] = b""
    file: Annotated[bytes, "256s"] = b""
    line: U32 = 0
    type: U32 = 0


@layout(size=36, brk=12)
class PackedRawDebug64(Struct):
    """minidump-writer's head of LinuxDsoDebug: Breakpad's without padding."""

    version: U32 = 0
    map: U32 = 0
    dso_count: U32 = 0
    brk: U64 = 0
    ldbase: U64 = 0
    dynamic: U64 = 0


@layout(size=20, ld=12)
class PackedRawLinkMap64(Struct):
    """minidump-writer's link map entry."""

    addr: U64 = 0
    name: U32 = 0
    ld: U64 = 0
