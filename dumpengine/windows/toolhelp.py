"""Threads of a process from a Toolhelp snapshot, which needs no rights to the process.

https://learn.microsoft.com/windows/win32/api/tlhelp32/nf-tlhelp32-createtoolhelp32snapshot
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import byref

from dumpengine.windows import api
from dumpengine.windows.structs import THREADENTRY32


def thread_ids(pid: int) -> Iterator[int]:
    """Yield the ids of a process's threads."""
    kernel = api.kernel32()
    snapshot = kernel.CreateToolhelp32Snapshot(api.TH32CS_SNAPTHREAD, 0)
    if snapshot == api.INVALID_HANDLE:
        return
    try:
        entry = THREADENTRY32(dwSize=ctypes.sizeof(THREADENTRY32))
        more = kernel.Thread32First(snapshot, byref(entry))
        while more:
            if entry.th32OwnerProcessID == pid:
                yield entry.th32ThreadID
            more = kernel.Thread32Next(snapshot, byref(entry))
    finally:
        kernel.CloseHandle(snapshot)
