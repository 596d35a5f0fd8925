"""Row facts that psutil does not know."""

from __future__ import annotations

from dumpengine.backends.windows import api, process
from dumpengine.snapshot import Architecture


def process_times_are_true() -> bool:
    """Return whether GetProcessTimes tells the times of others: Wine's tells the caller's own."""
    return not hasattr(api.ntdll(), "wine_get_version")


def architecture(pid: int) -> str:
    """Return the instruction set a process runs, empty when it cannot be told."""
    kernel = api.kernel32()
    handle = kernel.OpenProcess(api.PROCESS_QUERY_LIMITED_INFORMATION, False, pid)
    if not handle:
        return ""
    try:
        found = process.architecture(handle)
    finally:
        kernel.CloseHandle(handle)
    return "" if found is Architecture.UNKNOWN else found.value
