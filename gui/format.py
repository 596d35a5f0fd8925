"""Numbers as a person says them: sizes, rates, times."""

from __future__ import annotations

from datetime import datetime

import dumpengine
from gui.i18n import tr

MEGABYTE = 10**6


def cause(error: Exception) -> str:
    """Return what went wrong, as a sentence where somebody wrote one."""
    return error.cause if isinstance(error, dumpengine.DumpError) else str(error)


def remedy(error: Exception) -> str:
    """Return what one can do about it; empty where nobody knows."""
    return error.remedy if isinstance(error, dumpengine.DumpError) else ""


def size(count: float) -> str:
    """Return ``2.1 GB`` for a number of bytes, as everywhere in the engine."""
    return dumpengine.size_text(count)


def size_of(done: int, total: int) -> str:
    """Return ``1.2 of 2.1 GB``, both in the unit of the total."""
    if total <= 0:
        return size(done)
    part, whole = dumpengine.part_text(done, total)
    return tr("{done} of {total}").format(done=part, total=whole)


def exact(count: int) -> str:
    """Return ``2,254,857,830 bytes``."""
    return tr("{count} bytes").format(count=f"{count:,}")


def megabytes(count: int) -> str:
    """Return a size in MB whatever it is, so that a column of them can be compared."""
    return f"{count / MEGABYTE:,.1f} MB"


def rate(bytes_per_second: float) -> str:
    """Return ``2.9 GB/s``."""
    return f"{size(bytes_per_second)}/s"


def clock(seconds: float) -> str:
    """Return ``0:01``, ``12:40`` or ``1:02:03``."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def span(milliseconds: float) -> str:
    """Return a duration in words: ``0.4 ms``, ``21 ms``, ``1.3 s``, ``2 min 5 s``."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def moment(unix: float, now: datetime | None = None) -> str:
    """Return local time, with the date when it is not today's."""
    if unix <= 0:
        return "–"
    when = datetime.fromtimestamp(unix)
    today = (now or datetime.now()).date()
    return when.strftime("%H:%M:%S" if when.date() == today else "%Y-%m-%d %H:%M")


def hex_type(dump_type: int) -> str:
    """Return ``0x00061826``."""
    return f"0x{dump_type:08X}"
