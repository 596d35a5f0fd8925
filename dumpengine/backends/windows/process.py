"""Opening the target: the least rights that work, its identity, its architecture.

https://learn.microsoft.com/windows/win32/api/minidumpapiset/nf-minidumpapiset-minidumpwritedump
names the rights: PROCESS_QUERY_INFORMATION and PROCESS_VM_READ, PROCESS_DUP_HANDLE for handle
data; a PSS snapshot needs PROCESS_CREATE_PROCESS besides.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ctypes import byref
from dataclasses import dataclass

from dumpengine.backends.windows import api
from dumpengine.backends.windows.errors import failure
from dumpengine.backends.windows.privileges import debug_privilege
from dumpengine.backends.windows.structs import FILETIME
from dumpengine.dump_types import MinidumpType
from dumpengine.errors import E_ACCESSDENIED, DumpError, no_such_process
from dumpengine.snapshot import Architecture

REQUIRED = api.PROCESS_QUERY_INFORMATION | api.PROCESS_VM_READ
START_TOLERANCE = 0.01  # seconds; start times travel as floating-point Unix times

# Rights that add something, in the order in which they are given up, and what that costs.
_OPTIONAL = (
    (
        api.PROCESS_CREATE_PROCESS,
        "The right to make a snapshot of the process was refused; it was held still instead.",
    ),
    (
        api.PROCESS_DUP_HANDLE,
        "The right to duplicate handles was refused; names of open handles may be missing.",
    ),
)

_MACHINES = {
    0x14C: Architecture.X86,
    0x8664: Architecture.AMD64,
    0xAA64: Architecture.ARM64,
    0x1C4: Architecture.ARM,
}


@dataclass(frozen=True, slots=True)
class Target:
    """An open process. ``access`` are the rights held, ``warnings`` what missing ones cost."""

    pid: int
    handle: int
    access: int
    warnings: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self.ended is None

    @property
    def ended(self) -> str | None:
        """How the process ended, None while it runs: see ``CaptureResult.target_ended``.

        Windows tells no more than a code; that of an exception is known in hexadecimal.
        """
        code = ctypes.c_uint32()
        known = api.kernel32().GetExitCodeProcess(self.handle, byref(code))
        if not known or code.value == api.STILL_ACTIVE:
            return None
        return f"exit code {code.value if code.value < 1 << 30 else hex(code.value)}"


def check_running(target: Target) -> None:
    """Raise DumpError when the process has ended."""
    if not target.running:
        raise no_such_process(target.pid, f"The process {target.pid} has ended.")


def wanted_rights(dump_type: int, snapshot: bool) -> int:
    """Return the rights that ``dump_type`` can make use of."""
    rights = REQUIRED
    if dump_type & MinidumpType.WithHandleData:
        rights |= api.PROCESS_DUP_HANDLE
    if snapshot:
        rights |= api.PROCESS_CREATE_PROCESS
    return rights


@contextmanager
def open_target(pid: int, started: float, rights: int) -> Iterator[Target]:
    """Open a process with as many of ``rights`` as the system gives; raises DumpError.

    Where that is refused, SeDebugPrivilege is used when this process holds it, and stays enabled
    inside the block because MiniDumpWriteDump opens the threads only then.
    """
    with ExitStack() as stack:
        target = _open(pid, rights)
        if target is None and stack.enter_context(debug_privilege()):
            target = _open(pid, rights)
        if target is None:
            raise refused(pid)
        stack.callback(api.kernel32().CloseHandle, target.handle)
        check_identity(target.handle, pid, started)
        yield target


def _open(pid: int, rights: int) -> Target | None:
    warnings: list[str] = []
    handle = open_handle(pid, rights)
    for right, cost in _OPTIONAL:
        if handle is None and rights & right:
            rights &= ~right
            warnings.append(cost)
            handle = open_handle(pid, rights)
    return Target(pid, handle, rights, tuple(warnings)) if handle else None


def open_handle(pid: int, rights: int) -> int | None:
    """Call OpenProcess; None when access is denied. Raises DumpError for other failures."""
    handle: int | None = api.kernel32().OpenProcess(rights, False, pid)
    if handle:
        return handle
    code = api.last_error()
    if code == api.ERROR_ACCESS_DENIED:
        return None
    if code == api.ERROR_INVALID_PARAMETER:
        raise no_such_process(pid)
    raise failure(code, pid)


def refused(pid: int) -> DumpError:
    """Return why a process could not be opened."""
    if protection_level(pid):
        return DumpError(
            E_ACCESSDENIED,
            "The system protects this process: nobody may read it, not even an administrator.",
            "It cannot be dumped from a running system.",
            pid=pid,
        )
    return DumpError(E_ACCESSDENIED, pid=pid)


def start_time(handle: int) -> float:
    """Return when a process started (Unix seconds), 0.0 when the system does not tell."""
    created, ended, kernel, user = (FILETIME() for _ in range(4))
    times = (byref(created), byref(ended), byref(kernel), byref(user))
    if not api.kernel32().GetProcessTimes(handle, *times):
        return 0.0
    return created.unix_seconds


def check_identity(handle: int, pid: int, started: float) -> None:
    """Raise DumpError when the process with this id is not the one that started then."""
    found = start_time(handle)
    if started and found and abs(found - started) > START_TOLERANCE:
        raise no_such_process(pid, f"The process {pid} is another one by now.")


def architecture(handle: int) -> Architecture:
    """Return the instruction set a process runs; emulation on ARM64 is seen through.

    IsWow64Process2 calls x64 programs on ARM64 native, as its page says; Windows 11 knows better.
    Not yet seen: no ARM64 Windows was at hand.
    https://learn.microsoft.com/windows/win32/api/processthreadsapi/ns-processthreadsapi-process_machine_information
    """
    if found := _MACHINES.get(_machine(handle)):
        return found
    query = api.kernel32().IsWow64Process2
    machine, native = ctypes.c_uint16(), ctypes.c_uint16()
    if query is None or not query(handle, byref(machine), byref(native)):
        return Architecture.UNKNOWN
    return _MACHINES.get(machine.value or native.value, Architecture.UNKNOWN)


def _machine(handle: int) -> int:
    """IMAGE_FILE_MACHINE_* of a process as Windows 11 tells it, 0 when it does not."""
    query = api.kernel32().GetProcessInformation
    told = (ctypes.c_uint16 * 4)()  # PROCESS_MACHINE_INFORMATION: the machine comes first
    size = ctypes.sizeof(told)
    known = query and query(handle, api.PROCESS_MACHINE_TYPE_INFO, byref(told), size)
    return told[0] if known else 0


def protection_level(pid: int) -> bool:
    """Return whether a process is protected (PPL or stronger), False when not known."""
    kernel = api.kernel32()
    if kernel.GetProcessInformation is None:
        return False
    handle = kernel.OpenProcess(api.PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return False
    try:
        level = ctypes.c_uint32(api.PROTECTION_LEVEL_NONE)
        kind = api.PROCESS_PROTECTION_LEVEL_INFO
        known = kernel.GetProcessInformation(handle, kind, byref(level), ctypes.sizeof(level))
        return bool(known) and level.value != api.PROTECTION_LEVEL_NONE
    finally:
        kernel.CloseHandle(handle)
