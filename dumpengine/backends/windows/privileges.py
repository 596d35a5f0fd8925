"""SeDebugPrivilege: held as briefly as possible, and only when it was needed.

https://learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-adjusttokenprivileges
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref

from dumpengine.backends.windows import api
from dumpengine.backends.windows.structs import LUID, TOKEN_PRIVILEGES

SE_DEBUG_NAME = "SeDebugPrivilege"
_TOKEN_PRIVILEGES = 3  # TOKEN_INFORMATION_CLASS


def holds_debug_privilege() -> bool:
    """Return whether this process's token has SeDebugPrivilege, enabled or not."""
    kernel, library = api.kernel32(), api.advapi32()
    token, luid, size = ctypes.c_void_p(), LUID(), ctypes.c_uint32()
    if not library.OpenProcessToken(kernel.GetCurrentProcess(), api.TOKEN_QUERY, byref(token)):
        return False
    try:
        library.GetTokenInformation(token, _TOKEN_PRIVILEGES, None, 0, byref(size))
        buffer = ctypes.create_string_buffer(max(size.value, 4))
        got = library.GetTokenInformation(
            token, _TOKEN_PRIVILEGES, buffer, len(buffer), byref(size)
        )
        if not got or not library.LookupPrivilegeValueW(None, SE_DEBUG_NAME, byref(luid)):
            return False
        data = buffer.raw
        count = int.from_bytes(data[:4], "little")
        wanted = bytes(luid)
        return any(data[at : at + 8] == wanted for at in range(4, 4 + 12 * count, 12))
    finally:
        kernel.CloseHandle(token)


@contextmanager
def debug_privilege() -> Iterator[bool]:
    """Enable SeDebugPrivilege inside the block; yields whether this process holds it.

    AdjustTokenPrivileges succeeds even when the token lacks the privilege and says so only in the
    last error, as ERROR_NOT_ALL_ASSIGNED.
    """
    kernel = api.kernel32()
    token = ctypes.c_void_p()
    access = api.TOKEN_ADJUST_PRIVILEGES | api.TOKEN_QUERY
    current = kernel.GetCurrentProcess()
    if not api.advapi32().OpenProcessToken(current, access, byref(token)):
        yield False
        return
    try:
        held = _adjust(token, api.SE_PRIVILEGE_ENABLED)
        try:
            yield held
        finally:
            if held:
                _adjust(token, 0)
    finally:
        kernel.CloseHandle(token)


def _adjust(token: ctypes.c_void_p, attributes: int) -> bool:
    luid = LUID()
    library = api.advapi32()
    if not library.LookupPrivilegeValueW(None, SE_DEBUG_NAME, byref(luid)):
        return False
    wanted = TOKEN_PRIVILEGES(1, luid, attributes)
    api.set_last_error(0)
    done = library.AdjustTokenPrivileges(token, False, byref(wanted), 0, None, None)
    return bool(done) and api.last_error() != api.ERROR_NOT_ALL_ASSIGNED
