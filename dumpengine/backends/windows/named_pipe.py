"""Two named pipes for one conversation with a process of more rights; both ends verified.

One pipe a direction, because reading and writing through one handle wait for each other.
https://learn.microsoft.com/windows/win32/api/namedpipeapi/
"""

from __future__ import annotations

import ctypes
import re
import secrets
from collections.abc import Sequence
from ctypes import POINTER, Structure, byref, c_int32, c_uint32, c_void_p, c_wchar_p, sizeof
from functools import cache
from typing import Any

from dumpengine.backends.windows import api
from dumpengine.backends.windows.structs import BOOL, HANDLE

# Only administrators may open the other end: an unelevated process of theirs may not either. Who
# makes a pipe holds its own end without asking.
ADMINISTRATORS_ONLY = "D:P(A;;GRGW;;;BA)"

_NAME = re.compile(r"dumpdesk-[0-9a-f]{32}")
_DIRECTIONS = ("request", "answer")
_BUFFER = 1 << 16

_PIPE_ACCESS_DUPLEX = 0x3  # a pipe of one direction cannot be told to wait
_FILE_FLAG_FIRST_PIPE_INSTANCE = 0x00080000
_PIPE_NOWAIT = 0x1
_PIPE_REJECT_REMOTE_CLIENTS = 0x8
_PIPE_READ_AND_WAIT = 0x0  # PIPE_READMODE_BYTE | PIPE_WAIT
_GENERIC_READ = 0x80000000
_GENERIC_WRITE = 0x40000000
_OPEN_EXISTING = 3
# Whoever made the pipe must not act in the name of who opens it, who has more rights.
_SECURITY_ANONYMOUS = 0x00100000  # SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS
_SDDL_REVISION_1 = 1
_ERROR_PIPE_CONNECTED = 535
_ERROR_PIPE_LISTENING = 536


class SECURITY_ATTRIBUTES(Structure):
    """Who may open what is being made."""

    _fields_ = (
        ("nLength", c_uint32),
        ("lpSecurityDescriptor", c_void_p),
        ("bInheritHandle", BOOL),
    )


_KERNEL32: dict[str, api.Signature] = {
    "CreateNamedPipeW": (
        HANDLE,
        (c_wchar_p, *(c_uint32,) * 6, POINTER(SECURITY_ATTRIBUTES)),
    ),
    "ConnectNamedPipe": (BOOL, (HANDLE, c_void_p)),
    "SetNamedPipeHandleState": (BOOL, (HANDLE, POINTER(c_uint32), c_void_p, c_void_p)),
    "GetNamedPipeClientProcessId": (BOOL, (HANDLE, POINTER(c_uint32))),
    "GetNamedPipeServerProcessId": (BOOL, (HANDLE, POINTER(c_uint32))),
    "CreateFileW": (
        HANDLE,
        (c_wchar_p, c_uint32, c_uint32, c_void_p, c_uint32, c_uint32, HANDLE),
    ),
    "CloseHandle": (BOOL, (HANDLE,)),
    "LocalFree": (HANDLE, (HANDLE,)),
}
_ADVAPI32: dict[str, api.Signature] = {
    "ConvertStringSecurityDescriptorToSecurityDescriptorW": (
        BOOL,
        (c_wchar_p, c_uint32, POINTER(c_void_p), c_void_p),
    ),
}


@cache
def _kernel32() -> Any:
    return api.declare(api.load("kernel32"), _KERNEL32)


@cache
def _advapi32() -> Any:
    return api.declare(api.load("advapi32"), _ADVAPI32)


class Pipes:
    """Both pipes, at the end of whoever made them: made, awaited, and given away or closed."""

    def __init__(self, access_list: str = ADMINISTRATORS_ONLY) -> None:
        """Make them under a name nobody can guess; raises OSError."""
        self.name = f"dumpdesk-{secrets.token_hex(16)}"
        self._handles: list[int] = []
        try:
            for direction in _DIRECTIONS:
                self._handles.append(_create(f"{self.name}-{direction}", access_list))
        except OSError:
            self.close()
            raise

    def opened(self) -> bool:
        """Return whether somebody has opened the other end of both; raises OSError."""
        return all(map(_is_connected, self._handles))

    def peers(self) -> set[int]:
        """Return the ids of the processes that have opened the other ends; raises OSError."""
        return {_process_id("GetNamedPipeClientProcessId", pipe) for pipe in self._handles}

    def take(self) -> tuple[int, int]:
        """Return the pipes, answer and request, as the caller's own; raises OSError."""
        mode = c_uint32(_PIPE_READ_AND_WAIT)
        for pipe in self._handles:
            _check(_kernel32().SetNamedPipeHandleState(pipe, byref(mode), None, None))
        request, answer = self._handles
        self._handles = []
        return answer, request

    def close(self) -> None:
        """Close what has not been given away."""
        close(self._handles)
        self._handles = []


def open_pipes(name: str, maker: int) -> tuple[int, int]:
    """Open the other ends of :class:`Pipes`: request and answer; they are the caller's.

    Raises OSError, for one when another process than ``maker`` has made one of them.
    """
    if not _NAME.fullmatch(name):
        raise OSError(f"{name!r} is not the name of a conversation")
    opened: list[int] = []
    try:
        for direction, access in zip(_DIRECTIONS, (_GENERIC_READ, _GENERIC_WRITE), strict=True):
            opened.append(_open(f"{name}-{direction}", access))
            if _process_id("GetNamedPipeServerProcessId", opened[-1]) != maker:
                raise OSError("the pipe was made by another process")
    except OSError:
        close(opened)
        raise
    request, answer = opened
    return request, answer


def close(handles: Sequence[int]) -> None:
    """Close handles."""
    for handle in handles:
        _kernel32().CloseHandle(handle)


def _create(name: str, access_list: str) -> int:
    descriptor = c_void_p()
    convert = _advapi32().ConvertStringSecurityDescriptorToSecurityDescriptorW
    _check(convert(access_list, _SDDL_REVISION_1, byref(descriptor), None))
    try:
        who = SECURITY_ATTRIBUTES(sizeof(SECURITY_ATTRIBUTES), descriptor, False)
        mode = _PIPE_NOWAIT | _PIPE_REJECT_REMOTE_CLIENTS
        access = _PIPE_ACCESS_DUPLEX | _FILE_FLAG_FIRST_PIPE_INSTANCE
        return _valid(
            _kernel32().CreateNamedPipeW(
                rf"\\.\pipe\{name}", access, mode, 1, _BUFFER, _BUFFER, 0, byref(who)
            )
        )
    finally:
        _kernel32().LocalFree(descriptor)


def _open(name: str, access: int) -> int:
    path = rf"\\.\pipe\{name}"
    return _valid(
        _kernel32().CreateFileW(path, access, 0, None, _OPEN_EXISTING, _SECURITY_ANONYMOUS, None)
    )


def _is_connected(pipe: int) -> bool:
    if _kernel32().ConnectNamedPipe(pipe, None):
        return False  # it listens from now on
    code = api.last_error()
    if code not in (_ERROR_PIPE_CONNECTED, _ERROR_PIPE_LISTENING):
        raise OSError(f"the pipe is broken: {api.error_text(code)}")
    return code == _ERROR_PIPE_CONNECTED


def _process_id(function: str, pipe: int) -> int:
    found = c_uint32()
    _check(getattr(_kernel32(), function)(pipe, byref(found)))
    return found.value


def _valid(handle: int | None) -> int:
    _check(handle not in (None, api.INVALID_HANDLE))
    return handle or 0


def _check(done: bool | c_int32) -> None:
    if not done:
        raise OSError(api.error_text(api.last_error()))


assert ctypes.sizeof(SECURITY_ATTRIBUTES) == 3 * ctypes.sizeof(c_void_p)
