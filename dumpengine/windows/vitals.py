"""What a process list asks of Windows and psutil does not tell."""

from __future__ import annotations

from dumpengine.errors import DumpError
from dumpengine.snapshot import Architecture
from dumpengine.windows import api
from dumpengine.windows.process import architecture as architecture_of
from dumpengine.windows.process import open_handle


def architecture(pid: int) -> str:
    """Return the instruction set a process runs, empty when it cannot be asked."""
    try:
        handle = open_handle(pid, api.PROCESS_QUERY_LIMITED_INFORMATION)
    except DumpError:
        return ""
    if not handle:
        return ""
    try:
        found = architecture_of(handle)
    finally:
        api.kernel32().CloseHandle(handle)
    return "" if found is Architecture.UNKNOWN else found.value
