"""Structs of the streams Breakpad and Crashpad added for systems other than Windows.

Breakpad: src/google_breakpad/common/minidump_format.h. Its 64-bit forms have natural alignment.
"""

from dumpengine.format.layout import U32, U64, Struct, layout


@layout(size=40, brk=16)
class MDRawDebug64(Struct):
    """Head of LinuxDsoDebug in a 64-bit dump."""

    version: U32 = 0
    map: U32 = 0
    dso_count: U32 = 0
    padding: U32 = 0
    brk: U64 = 0
    ldbase: U64 = 0
    dynamic: U64 = 0


@layout(size=24, ld=16)
class MDRawLinkMap64(Struct):
    """One link map entry; ``name`` is the offset of a MINIDUMP_STRING."""

    addr: U64 = 0
    name: U32 = 0
    padding: U32 = 0
    ld: U64 = 0


@layout(size=24, ldbase=16)
class MDRawDebug32(Struct):
    """Head of LinuxDsoDebug in a 32-bit dump."""

    version: U32 = 0
    map: U32 = 0
    dso_count: U32 = 0
    brk: U32 = 0
    ldbase: U32 = 0
    dynamic: U32 = 0


@layout(size=12)
class MDRawLinkMap32(Struct):
    """One link map entry of a 32-bit dump."""

    addr: U32 = 0
    name: U32 = 0
    ld: U32 = 0


@layout(size=12)
class MDRawBreakpadInfo(Struct):
    """Which thread wrote the dump and which asked for it; validity bits 1 and 2."""

    validity: U32 = 0
    dump_thread_id: U32 = 0
    requesting_thread_id: U32 = 0
