"""ExceptionStream.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/ns-minidumpapiset-minidump_exception
"""

from dumpengine.format.header import MINIDUMP_LOCATION_DESCRIPTOR
from dumpengine.format.layout import U32, U64, Struct, U64x15, layout

EXCEPTION_MAXIMUM_PARAMETERS = 15


@layout(size=152, ExceptionAddress=16, ExceptionInformation=32)
class MINIDUMP_EXCEPTION(Struct):
    """Code, flags, address and parameters of the exception."""

    ExceptionCode: U32 = 0
    ExceptionFlags: U32 = 0
    ExceptionRecord: U64 = 0
    ExceptionAddress: U64 = 0
    NumberParameters: U32 = 0
    unusedAlignment: U32 = 0
    ExceptionInformation: U64x15 = (0,) * EXCEPTION_MAXIMUM_PARAMETERS


@layout(size=168, ExceptionRecord=8, ThreadContext=160)
class MINIDUMP_EXCEPTION_STREAM(Struct):
    """The stream: which thread, what, and the registers at that moment."""

    ThreadId: U32 = 0
    alignment: U32 = 0
    ExceptionRecord: MINIDUMP_EXCEPTION = MINIDUMP_EXCEPTION()
    ThreadContext: MINIDUMP_LOCATION_DESCRIPTOR = MINIDUMP_LOCATION_DESCRIPTOR()
