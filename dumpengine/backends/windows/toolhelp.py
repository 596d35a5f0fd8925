"""Threads and modules of a process from Toolhelp snapshots; threads need no rights to it.

https://learn.microsoft.com/windows/win32/api/tlhelp32/nf-tlhelp32-createtoolhelp32snapshot
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import byref
from dataclasses import dataclass

from dumpengine.backends.windows import api
from dumpengine.backends.windows.structs import MODULEENTRY32W, THREADENTRY32

_ERROR_BAD_LENGTH = 24  # the list changed while it was taken: "retry until it succeeds"
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class LoadedModule:
    """Where a module lies and where it came from."""

    base: int
    size: int
    path: str


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


def loaded_modules(pid: int) -> list[LoadedModule]:
    """Return a process's modules, the program first; empty when they cannot be listed."""
    kernel = api.kernel32()
    kinds = api.TH32CS_SNAPMODULE | api.TH32CS_SNAPMODULE32
    for _ in range(_ATTEMPTS):
        snapshot = kernel.CreateToolhelp32Snapshot(kinds, pid)
        if snapshot != api.INVALID_HANDLE or api.last_error() != _ERROR_BAD_LENGTH:
            break
    if snapshot == api.INVALID_HANDLE:
        return []
    try:
        return list(_modules(snapshot))
    finally:
        kernel.CloseHandle(snapshot)


def _modules(snapshot: int) -> Iterator[LoadedModule]:
    kernel = api.kernel32()
    entry = MODULEENTRY32W(dwSize=ctypes.sizeof(MODULEENTRY32W))
    more = kernel.Module32FirstW(snapshot, byref(entry))
    while more:
        path = bytes(entry.szExePath).decode("utf-16-le", "replace").partition("\0")[0]
        yield LoadedModule(entry.modBaseAddr or 0, entry.modBaseSize, path)
        more = kernel.Module32NextW(snapshot, byref(entry))
