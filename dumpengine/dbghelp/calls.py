"""MiniDumpWriteDump and MiniDumpReadDumpStream: TRUE or FALSE, and a last error."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from mmap import mmap
from typing import Any, BinaryIO

from dumpengine.backends.choose import backend
from dumpengine.capture.write_dump import write_dump
from dumpengine.dbghelp.routine import Routine
from dumpengine.dbghelp.structs import (
    MINIDUMP_CALLBACK_INFORMATION,
    MINIDUMP_EXCEPTION_INFORMATION,
    MINIDUMP_USER_STREAM_INFORMATION,
    S_OK,
)
from dumpengine.errors import (
    E_ACCESSDENIED,
    E_INVALID_HANDLE,
    E_INVALIDARG,
    DumpError,
    unforeseen,
)
from dumpengine.format.header import MINIDUMP_DIRECTORY
from dumpengine.options import ExceptionInformation, UserStream
from dumpengine.processes.listing import ProcessHandle
from dumpengine.read.dump import read_dump_stream

GetCurrentProcess = -1  # the pseudo handle that function returns

_last = threading.local()


def GetLastError() -> int:
    """Return the HRESULT of this thread's last call, 0 after a success."""
    failure = LastFailure()
    return failure.hresult if failure else S_OK


def LastFailure() -> DumpError | None:
    """Return why this thread's last call failed, in words; None after a success."""
    failure: DumpError | None = getattr(_last, "failure", None)
    return failure


def MiniDumpWriteDump(  # noqa: PLR0913, PLR0917 - the API's own parameters, in its order
    hProcess: int | None,
    ProcessId: int,
    hFile: int | BinaryIO | None,
    DumpType: int,
    ExceptionParam: MINIDUMP_EXCEPTION_INFORMATION | None = None,
    UserStreamParam: MINIDUMP_USER_STREAM_INFORMATION | None = None,
    CallbackParam: MINIDUMP_CALLBACK_INFORMATION | None = None,
) -> bool:
    """Write a minidump; False and :func:`GetLastError` for every failure.

    ``hProcess`` is a handle of the process ``ProcessId``: on Windows with the rights its page
    asks for, on Linux a pidfd, and on both the pseudo handle -1 for this process (``ProcessId``
    may be 0 then). ``hFile`` is a handle of a file, on Linux its descriptor; a seekable binary
    stream does on both. A routine that takes the writing over needs none.

    Raises what the callback routine raises, and nothing else but KeyboardInterrupt.
    """
    _last.failure = None
    routine = Routine(CallbackParam, ProcessId, hProcess) if CallbackParam else None
    try:
        process = _process(hProcess, ProcessId, DumpType)
        with _file(hFile, routine) as file:
            write_dump(
                process,
                file,
                DumpType,
                exception=_exception(ExceptionParam),
                user_streams=_user_streams(UserStreamParam),
                callback=routine,
            )
    except Exception as error:  # the edge: in C there are no exceptions
        _last.failure = unforeseen(error)
        if routine and routine.raised:
            raise routine.raised from None
        return False
    return True


def MiniDumpReadDumpStream(
    BaseOfDump: bytes | memoryview | mmap, StreamNumber: int
) -> tuple[bool, MINIDUMP_DIRECTORY | None, memoryview, int]:
    """Find a stream in a mapped dump: (found, Dir, StreamPointer, StreamSize).

    https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpreaddumpstream
    """
    found, directory, stream = read_dump_stream(BaseOfDump, StreamNumber)
    _last.failure = (
        None if found else DumpError(E_INVALIDARG, f"There is no stream {StreamNumber}.")
    )
    return found, directory, stream, len(stream)


def _process(handle: int | None, pid: int, dump_type: int) -> ProcessHandle:
    if not isinstance(handle, int):
        raise DumpError(E_INVALID_HANDLE, "No process handle was given.")
    if handle == GetCurrentProcess:
        pid = pid or os.getpid()
    if pid <= 0:
        raise DumpError(E_INVALIDARG, "No process was named.")
    return ProcessHandle(pid, backend().check_process(handle, pid, dump_type), handle)


@contextmanager
def _file(file: int | BinaryIO | None, routine: Routine | None) -> Iterator[int | BinaryIO]:
    """Yield where to write. A bad file is no failure as long as a routine may take its place."""
    with ExitStack() as stack:
        try:
            usable = _usable(file)
        except DumpError as error:
            if routine is None:
                raise
            usable = _Nowhere(error)
        if isinstance(usable, int):
            stack.callback(os.close, usable)
        yield usable


def _usable(file: int | BinaryIO | None) -> int | BinaryIO:
    if isinstance(file, int):
        return backend().open_file(file)
    if file is None or file.closed:
        raise DumpError(E_INVALID_HANDLE, "There is no open file.", "Give one to write to.")
    if not file.writable():
        raise DumpError(E_ACCESSDENIED, "The file is not open for writing.", "Open it for that.")
    return file


class _Nowhere(BytesIO):
    """The file of a caller who gave none that can be used: writing to it is the error it is in C.

    Without a routine, or with one that leaves the writing to us.
    """

    def __init__(self, error: DumpError) -> None:
        super().__init__()
        self._error = error

    def write(self, _data: Any) -> int:
        raise self._error


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
