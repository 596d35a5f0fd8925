"""MiniDumpWriteDump and MiniDumpReadDumpStream with the API's own parameters, for ported code.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpwritedump

The functions return TRUE or FALSE and leave an HRESULT for :func:`GetLastError`, on Linux and on
Windows alike; :func:`LastFailure` tells it in words. Code that is not ported wants
:func:`dumpengine.write_dump` instead.
"""

from dumpengine.dbghelp.calls import (
    GetCurrentProcess,
    GetLastError,
    LastFailure,
    MiniDumpReadDumpStream,
    MiniDumpWriteDump,
)
from dumpengine.dbghelp.structs import (
    EXCEPTION_POINTERS,
    EXCEPTION_RECORD,
    MINIDUMP_CALLBACK_INFORMATION,
    MINIDUMP_CALLBACK_INPUT,
    MINIDUMP_CALLBACK_OUTPUT,
    MINIDUMP_EXCEPTION_INFORMATION,
    MINIDUMP_INCLUDE_MODULE_CALLBACK,
    MINIDUMP_INCLUDE_THREAD_CALLBACK,
    MINIDUMP_IO_CALLBACK,
    MINIDUMP_MEMORY_INFO,
    MINIDUMP_MODULE_CALLBACK,
    MINIDUMP_READ_MEMORY_FAILURE_CALLBACK,
    MINIDUMP_THREAD_CALLBACK,
    MINIDUMP_USER_STREAM,
    MINIDUMP_USER_STREAM_INFORMATION,
    MINIDUMP_VM_CALLBACK,
    S_FALSE,
    S_OK,
)

__all__ = [
    "EXCEPTION_POINTERS",
    "EXCEPTION_RECORD",
    "MINIDUMP_CALLBACK_INFORMATION",
    "MINIDUMP_CALLBACK_INPUT",
    "MINIDUMP_CALLBACK_OUTPUT",
    "MINIDUMP_EXCEPTION_INFORMATION",
    "MINIDUMP_INCLUDE_MODULE_CALLBACK",
    "MINIDUMP_INCLUDE_THREAD_CALLBACK",
    "MINIDUMP_IO_CALLBACK",
    "MINIDUMP_MEMORY_INFO",
    "MINIDUMP_MODULE_CALLBACK",
    "MINIDUMP_READ_MEMORY_FAILURE_CALLBACK",
    "MINIDUMP_THREAD_CALLBACK",
    "MINIDUMP_USER_STREAM",
    "MINIDUMP_USER_STREAM_INFORMATION",
    "MINIDUMP_VM_CALLBACK",
    "S_FALSE",
    "S_OK",
    "GetCurrentProcess",
    "GetLastError",
    "LastFailure",
    "MiniDumpReadDumpStream",
    "MiniDumpWriteDump",
]
