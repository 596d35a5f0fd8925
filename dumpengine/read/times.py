"""Windows times as seconds. https://learn.microsoft.com/windows/win32/api/minwinbase/ns-minwinbase-filetime"""

from __future__ import annotations

TICKS_PER_SECOND = 10_000_000
_UNIX_EPOCH = 116_444_736_000_000_000  # 1970-01-01 as a FILETIME


def filetime_to_unix(filetime: int) -> float:
    """Return a FILETIME (100 ns units since 1601) as Unix seconds; 0 stays 0.0, "unknown"."""
    return (filetime - _UNIX_EPOCH) / TICKS_PER_SECOND if filetime else 0.0


def ticks_to_seconds(ticks: int) -> float:
    """Return 100 ns units as seconds."""
    return ticks / TICKS_PER_SECOND
