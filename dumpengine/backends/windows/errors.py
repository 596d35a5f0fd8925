"""What MiniDumpWriteDump leaves in the last error, as a DumpError.

The last error holds an HRESULT there, but the functions underneath leave Win32 codes and, wrapped
into an HRESULT, NTSTATUS values. All of them end in the one table of ``dumpengine.errors``.
"""

from __future__ import annotations

from dumpengine.backends.windows import api
from dumpengine.errors import (
    E_ACCESSDENIED,
    E_DISK_FULL,
    E_FAIL,
    E_INVALID_HANDLE,
    E_INVALIDARG,
    E_NOACCESS,
    E_OUTOFMEMORY,
    E_PARTIAL_COPY,
    EXPLANATIONS,
    DumpError,
)

FACILITY_WIN32 = 0x80070000
FACILITY_NT_BIT = 0x10000000

_NTSTATUS = {
    0xC0000005: E_NOACCESS,
    0xC0000008: E_INVALID_HANDLE,
    0xC000000D: E_INVALIDARG,
    0xC0000017: E_OUTOFMEMORY,
    0xC0000022: E_ACCESSDENIED,
    0xC000007F: E_DISK_FULL,
    0x8000000D: E_PARTIAL_COPY,
}


def hresult_of(code: int) -> int:
    """Return a last error as an HRESULT, whichever of the three kinds it is.

    1 becomes E_FAIL: where the emulation of Windows under test runs Microsoft's DLL, every
    failed call leaves it, so it says no more than that the call failed.
    """
    code &= 0xFFFFFFFF
    if code & 0xF0000000 in (0xC0000000, 0xD0000000):
        return _NTSTATUS.get(code & ~FACILITY_NT_BIT, E_FAIL)
    if code & 0x80000000:
        return _NTSTATUS.get(code, code)
    if code > 0xFFFF or code <= 1:
        return E_FAIL
    return FACILITY_WIN32 | code


def failure(code: int, pid: int, cause: str = "", remedy: str = "") -> DumpError:
    """Return the error for a last error; a code the table does not know keeps the system's text."""
    hresult = hresult_of(code)
    if not cause and hresult not in EXPLANATIONS:
        cause = f"{api.error_text(hresult)}."
    return DumpError(hresult, cause, remedy, pid=pid)


def reason(code: int) -> str:
    """Return a code in words and hex, for the list of skipped memory."""
    hresult = hresult_of(code)
    return f"{api.error_text(hresult & 0xFFFF)} (0x{hresult:08X})"
