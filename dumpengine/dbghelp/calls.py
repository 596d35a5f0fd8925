"""The functions of the API."""

from __future__ import annotations

import os
import threading
from io import BytesIO
from mmap import mmap
from typing import Any, BinaryIO

from dumpengine.capture.write_dump import write_dump
from dumpengine.dbghelp.routine import Routine
from dumpengine.dbghelp.structs import (
    MINIDUMP_CALLBACK_INFORMATION,
    MINIDUMP_EXCEPTION_INFORMATION,
    MINIDUMP_USER_STREAM_INFORMATION,
    S_OK,
)
from dumpengine.errors import E_INVALID_HANDLE, E_INVALIDARG, DumpError
from dumpengine.format.header import MINIDUMP_DIRECTORY
from dumpengine.options import ExceptionInformation, UserStream
from dumpengine.read.dump import read_dump_stream

GetCurrentProcess = -1  # the pseudo handle that function returns


_last = threading.local()


def GetLastError() -> int:
    """Return the HRESULT of this thread's last call, 0 after a success."""
    return getattr(_last, "error", S_OK)


def MiniDumpWriteDump(  # noqa: PLR0913, PLR0917 - the API's own parameters, in its order
    hProcess: int | None,
    ProcessId: int,
    hFile: int | BinaryIO | None,
    DumpType: int,
    ExceptionParam: MINIDUMP_EXCEPTION_INFORMATION | None = None,
    UserStreamParam: MINIDUMP_USER_STREAM_INFORMATION | None = None,
    CallbackParam: MINIDUMP_CALLBACK_INFORMATION | None = None,
) -> bool:
    """Write a minidump; False and :func:`GetLastError` when that failed.

    ``hProcess`` may be anything: the process is opened by ``ProcessId`` with the rights it takes
    (0 with the pseudo handle -1 is this process). ``hFile`` is a file descriptor or a seekable
    binary stream; None is for callbacks that take the writing over.
    """
    _last.error = S_OK
    pid = ProcessId or (os.getpid() if hProcess == GetCurrentProcess else 0)
    try:
        if pid <= 0:
            raise DumpError(E_INVALIDARG, "No process was named.")
        write_dump(
            pid,
            _Nowhere() if hFile is None else hFile,
            DumpType,
            exception=_exception(ExceptionParam),
            user_streams=_user_streams(UserStreamParam),
            callback=Routine(CallbackParam, pid, hProcess) if CallbackParam else None,
        )
    except DumpError as error:
        _last.error = error.hresult
        return False
    return True


def MiniDumpReadDumpStream(
    BaseOfDump: bytes | memoryview | mmap, StreamNumber: int
) -> tuple[bool, MINIDUMP_DIRECTORY | None, memoryview, int]:
    """Find a stream in a mapped dump: (found, Dir, StreamPointer, StreamSize).

    https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpreaddumpstream
    """
    found, directory, stream = read_dump_stream(BaseOfDump, StreamNumber)
    _last.error = S_OK if found else E_INVALIDARG
    return found, directory, stream, len(stream)


class _Nowhere(BytesIO):
    """The file of a caller who gave none: writing to it is the error it is in C."""

    def write(self, _data: Any) -> int:
        raise DumpError(E_INVALID_HANDLE, "There is no file, and no callback took its place.")


def _exception(param: MINIDUMP_EXCEPTION_INFORMATION | None) -> ExceptionInformation | None:
    if param is None:
        return None
    pointers = param.ExceptionPointers
    if isinstance(pointers, int):
        return ExceptionInformation(
            param.ThreadId, client_pointers=param.ClientPointers, pointers=pointers
        )
    record = pointers.ExceptionRecord
    return ExceptionInformation(
        thread_id=param.ThreadId,
        code=record.ExceptionCode,
        flags=record.ExceptionFlags,
        address=record.ExceptionAddress,
        parameters=tuple(record.ExceptionInformation),
        context=bytes(pointers.ContextRecord),
    )


def _user_streams(param: MINIDUMP_USER_STREAM_INFORMATION | None) -> tuple[UserStream, ...]:
    if param is None:
        return ()
    return tuple(
        UserStream(stream.Type, bytes(stream.Buffer[: stream.BufferSize]))
        for stream in param.UserStreamArray[: param.UserStreamCount]
    )
