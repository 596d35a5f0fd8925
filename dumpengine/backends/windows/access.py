"""Why a process cannot be dumped, found out before the click."""

from __future__ import annotations

from dumpengine.backends.windows import api
from dumpengine.backends.windows.privileges import holds_debug_privilege
from dumpengine.backends.windows.process import REQUIRED, open_handle, protection_level
from dumpengine.errors import E_INVALIDARG, DumpError, ErrorKind, Obstacle

SYSTEM_PROCESSES = {0: "The System Idle Process", 4: "The System process"}


def why_not(pid: int) -> Obstacle | None:
    """Return what keeps the caller from dumping ``pid``, or None when nothing seems to.

    Opens the process with the rights a dump needs and closes it again; SeDebugPrivilege is looked
    for, not enabled. https://learn.microsoft.com/windows/win32/procthread/process-security-and-access-rights
    """
    if name := SYSTEM_PROCESSES.get(pid):
        return Obstacle(
            "system",
            f"{name} is part of the kernel and has no memory of its own.",
            "Choose another process.",
        )
    try:
        handle = open_handle(pid, REQUIRED)
    except DumpError as error:
        return _from_error(error)
    if handle:
        api.kernel32().CloseHandle(handle)
        return None
    if protection_level(pid):
        return Obstacle(
            "protected",
            "The system protects this process: nobody may read it, not even an administrator.",
            "It cannot be dumped from a running system.",
        )
    if holds_debug_privilege():
        return None
    return Obstacle(
        "other user",
        "The system does not allow you to read this process.",
        "Run DumpDesk as its owner or as administrator.",
    )


def _from_error(error: DumpError) -> Obstacle:
    label = "ended" if error.kind is ErrorKind.NO_PROCESS else "not accessible"
    hresult = error.hresult or E_INVALIDARG
    return Obstacle(label, error.cause, error.remedy, hresult, error.kind)
